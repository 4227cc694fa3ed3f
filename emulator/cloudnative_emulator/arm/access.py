"""Who may do what: role assignments at a scope and everything above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.roles import Role, role_of

if TYPE_CHECKING:
    from cloudnative_emulator.arm.store import Body, Store
    from cloudnative_emulator.identity.tokens import Principal

ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"


class Access:
    """Answers from the assignments in the store, fresh at every question: a removed role is gone at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def assignments(self, scope: str) -> list[Body]:
        """Assignments that hold at `scope`: made there or on a scope that contains it."""
        above = set(ids.ancestors(scope))
        return [
            body for body in self._store.of_type(ASSIGNMENTS) if ids.key(body["properties"]["scope"]) in above
        ]

    def roles(self, object_id: str, scope: str) -> list[Role]:
        """The roles a principal has at `scope`."""
        mine = (
            body["properties"]
            for body in self.assignments(scope)
            if body["properties"]["principalId"].lower() == object_id.lower()
        )
        return [role for found in mine if (role := role_of(found["roleDefinitionId"]))]

    def allows(self, object_id: str, action: str, scope: str, *, data: bool = False) -> bool:
        """Whether any of the principal's roles permits the action at `scope`."""
        return any(role.allows(action, data=data) for role in self.roles(object_id, scope))

    def require(self, principal: Principal, action: str, scope: str) -> None:
        """403 in ARM's words when the principal may not."""
        if self.allows(principal.object_id, action, scope):
            return
        text = (
            f"The client '{principal.client_id}' with object id '{principal.object_id}' does not have "
            f"authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. "
            "If access was recently granted, please refresh your credentials."
        )
        raise ArmError(403, "AuthorizationFailed", text)

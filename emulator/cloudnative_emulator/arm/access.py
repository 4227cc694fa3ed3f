"""Who may do what: role assignments at a scope and everything above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import conditions, ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.roles import Role, role_of

if TYPE_CHECKING:
    from cloudnative_emulator.arm.store import Body, Store
    from cloudnative_emulator.identity.tokens import Principal

ASSIGNMENTS = conditions.KIND


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
        """The roles a principal has at `scope`, also under a condition."""
        return [role for role, _ in self._held(object_id, scope)]

    def allows(self, object_id: str, action: str, scope: str, *, data: bool = False) -> bool:
        """Whether any of the principal's roles permits the action at `scope`."""
        return self._permits(object_id, conditions.Attempt(action), scope, data=data)

    def require(self, principal: Principal, action: str, scope: str, sent: Any = None) -> None:
        """403 in ARM's words when the principal may not; `sent` is the body of the request."""
        if self._permits(principal.object_id, self._attempt(action, scope, sent), scope):
            return
        text = (
            f"The client '{principal.client_id}' with object id '{principal.object_id}' does not have "
            f"{self._missing(principal, action, scope)} to perform action '{action}' over scope "
            f"'{scope}' or the scope is invalid. "
            "If access was recently granted, please refresh your credentials."
        )
        raise ArmError(403, "AuthorizationFailed", text)

    def _held(self, object_id: str, scope: str) -> list[tuple[Role, str | None]]:
        mine = (
            body["properties"]
            for body in self.assignments(scope)
            if body["properties"]["principalId"].lower() == object_id.lower()
        )
        known = ((role_of(found["roleDefinitionId"]), found.get("condition")) for found in mine)
        return [(role, condition) for role, condition in known if role]

    def _permits(
        self, object_id: str, attempt: conditions.Attempt, scope: str, *, data: bool = False
    ) -> bool:
        return any(
            role.allows(attempt.action, data=data) and conditions.holds(condition, attempt)
            for role, condition in self._held(object_id, scope)
        )

    def _attempt(self, action: str, scope: str, sent: Any) -> conditions.Attempt:
        """With the attributes that Azure has for it: what is sent, and the assignment that is there."""
        if not action.lower().startswith(f"{ASSIGNMENTS}/".lower()):
            return conditions.Attempt(action)
        there = self._store.get(scope) or {}
        return conditions.Attempt(action, _attributes(sent), _attributes(there))

    def _missing(self, principal: Principal, action: str, scope: str) -> str:
        """Azure's hint where it is not the role that is missing."""
        held = self._held(principal.object_id, scope)
        stopped = any(condition and role.allows(action) for role, condition in held)
        return "authorization or an ABAC condition not fulfilled" if stopped else "authorization"


def _attributes(document: Any) -> dict[str, str]:
    """Of a document as it came: whatever it is, nothing else than a role assignment has some."""
    if not isinstance(document, dict):
        return {}
    properties: Any = document.get("properties")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
    return conditions.attributes(properties) if isinstance(properties, dict) else {}  # pyright: ignore[reportUnknownArgumentType] - JSON

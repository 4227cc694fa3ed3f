"""Role assignments, with Azure's refusals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import conditions, ids
from cloudnative_emulator.arm.access import ASSIGNMENTS
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds.identities import by_principal_id
from cloudnative_emulator.arm.kinds.kind import Call, Kind
from cloudnative_emulator.arm.operations import now
from cloudnative_emulator.arm.roles import role_of

if TYPE_CHECKING:
    from cloudnative_emulator.arm.store import Body

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class RoleAssignment(Kind):
    """Immutable but for its description; the same principal, role and scope exist only once."""

    states = False
    tracked = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Check name, role and principal; add scope and dates."""
        sent: dict[str, Any] = body.get("properties", {})
        if not _GUID.fullmatch(call.target.name):
            raise ArmError(400, "InvalidRoleAssignmentId", "The role assignment ID must be a GUID.")
        if not role_of(sent["roleDefinitionId"]):
            text = f"The specified role definition with ID '{sent['roleDefinitionId']}' does not exist."
            raise ArmError(400, "RoleDefinitionDoesNotExist", text)
        _check_principal(call, sent)
        _check_condition(sent)
        scope = call.target.scope or "/"
        _check_unique(call, sent, scope, old)
        dates = {"createdOn": (old or {}).get("properties", {}).get("createdOn", now()), "updatedOn": now()}
        who = {"createdBy": call.principal.object_id, "updatedBy": call.principal.object_id}
        kind = {"principalType": "ServicePrincipal", "condition": None, "conditionVersion": None}
        return {**body, "properties": {**kind, **sent, "scope": scope, **dates, **who}}


def _check_principal(call: Call, sent: dict[str, Any]) -> None:
    principal = sent["principalId"]
    known = principal == call.cloud.account.object_id or by_principal_id(call.cloud, principal)
    if not known and not sent.get("principalType"):
        text = (
            f"Principal {principal.replace('-', '')} does not exist in the directory "
            f"{call.cloud.account.tenant}. Check that you have the correct principal ID. If you are creating "
            "this principal and then immediately assigning a role, this error might be related to a "
            "replication delay. In this case, set the role assignment principalType property."
        )
        raise ArmError(400, "PrincipalNotFound", text)


def _check_condition(sent: dict[str, Any]) -> None:
    """What could not be judged is refused now: a condition that nobody looks at would allow too much."""
    if not (condition := sent.get("condition")):
        return
    try:
        conditions.read(condition)
    except conditions.ConditionError as error:
        text = f"The condition of the role assignment is not valid: {error}."
        raise ArmError(400, "RoleAssignmentConditionInvalid", text) from error


def _check_unique(call: Call, sent: dict[str, Any], scope: str, old: Body | None) -> None:
    wanted = _identity_of(sent, scope)
    if old and _identity_of(old["properties"], old["properties"]["scope"]) != wanted:
        text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
        raise ArmError(400, "RoleAssignmentUpdateNotPermitted", text)
    for other in call.cloud.store.of_type(ASSIGNMENTS):
        same = _identity_of(other["properties"], other["properties"]["scope"]) == wanted
        if same and other["name"].lower() != call.target.name.lower():
            text = "The role assignment already exists. The ID of the existing role assignment is "
            raise ArmError(409, "RoleAssignmentExists", text + other["name"].replace("-", "") + ".")


def _identity_of(properties: dict[str, Any], scope: str) -> tuple[str, str, str]:
    role = properties["roleDefinitionId"].rsplit("/", 1)[-1].lower()
    return properties["principalId"].lower(), role, ids.key(scope)

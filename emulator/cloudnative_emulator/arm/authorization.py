"""Lists of role assignments and role definitions, at any scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.arm import filters, ids
from cloudnative_emulator.arm.access import ASSIGNMENTS
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.places import check_group
from cloudnative_emulator.arm.roles import BUILT_IN, Role

if TYPE_CHECKING:
    from cloudnative_emulator.arm.kinds.kind import Call


def assignments(call: Call) -> web.Response:
    """Assignments at, above and (without atScope()) below the scope."""
    text = call.query.get("$filter", "")
    terms = dict(filters.terms(text))
    keep = filters.properties(text)
    found = call.cloud.access.assignments(call.target.scope)
    if "atscope" not in terms:
        found += call.cloud.store.under(call.target.scope, ASSIGNMENTS)
    if "assignedto" in terms:
        found = [body for body in found if body["properties"]["principalId"] == terms["assignedto"]]
    unique = {ids.key(body["id"]): body for body in found if keep(body)}
    return web.json_response({"value": list(unique.values())})


def definitions(call: Call) -> web.Response:
    """Built-in roles, by `$filter=roleName eq '...'`."""
    keep = filters.properties(call.query.get("$filter", ""))
    found = (_definition(call, role) for role in BUILT_IN.values())
    return web.json_response({"value": [body for body in found if keep(body)]})


def definition(call: Call) -> web.Response:
    """One built-in role."""
    role = BUILT_IN.get(call.target.name.lower())
    if not role:
        text = f"The specified role definition with ID '{call.target.name}' does not exist."
        raise ArmError(404, "RoleDefinitionDoesNotExist", text)
    return web.json_response(_definition(call, role))


def permissions(call: Call) -> web.Response:
    """What the caller may do at the scope: one entry a role, its own or inherited; anyone may ask."""
    check_group(call.cloud, call.target)
    roles = call.cloud.access.roles(call.principal.object_id, call.target.scope)
    return web.json_response({"value": [_permission(role) for role in dict.fromkeys(roles)]})


def _permission(role: Role) -> dict[str, Any]:
    return {
        "actions": role.actions, "notActions": role.not_actions,
        "dataActions": role.data_actions, "notDataActions": role.not_data_actions,
    }  # fmt: skip


def _definition(call: Call, role: Role) -> dict[str, Any]:
    kind = "Microsoft.Authorization/roleDefinitions"
    properties = {
        "roleName": role.name, "type": "BuiltInRole", "description": "", "assignableScopes": ["/"],
        "permissions": [_permission(role)],
    }  # fmt: skip
    where = f"{call.cloud.subscription_id}/providers/{kind}/{role.id}"
    return {"id": where, "type": kind, "name": role.id, "properties": properties}

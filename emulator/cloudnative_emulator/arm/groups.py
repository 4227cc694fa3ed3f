"""Resource groups: the only resources that contain others, so their delete is the long one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import web

from cloudnative_emulator.arm import answers, filters, ids
from cloudnative_emulator.arm.background import finish_delete, mark, spoil
from cloudnative_emulator.arm.errors import ArmError, group_being_deleted, group_not_found
from cloudnative_emulator.arm.kinds.registered import kind_of
from cloudnative_emulator.arm.places import GROUPS, plain
from cloudnative_emulator.arm.referee import rules
from cloudnative_emulator.arm.regions import REGIONS

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.kinds.kind import Call
    from cloudnative_emulator.arm.store import Body

_NAME = re.compile(r"[-\w.()]{0,89}[-\w()]")


def get(call: Call) -> web.Response:
    """The group, or 404."""
    return web.json_response(_find(call))


def head(call: Call) -> web.Response:
    """204 when it is there, else 404."""
    found = call.cloud.store.get(call.target.scope)
    return web.Response(status=204 if found else 404)


def listing(call: Call) -> web.Response:
    """The groups of the subscription, by `$filter`."""
    keep = filters.resources(call.query.get("$filter", ""))
    return web.json_response({"value": [body for body in call.cloud.store.of_type(GROUPS) if keep(body)]})


def put(call: Call) -> web.Response:
    """Create, or replace the tags of, a group; it never moves."""
    name, payload = call.target.group, call.payload
    if not _NAME.fullmatch(name):
        raise ArmError(400, "InvalidResourceGroup", f"The resource group name '{name}' is not valid.")
    old = call.cloud.store.get(call.target.scope)
    rules.check(GROUPS, call.query["api-version"], payload, call.target.scope, stored=old)
    location = plain(payload["location"])
    if location not in REGIONS:
        text = f"The provided location '{location}' is not available for resource group."
        raise ArmError(400, "LocationNotAvailableForResourceGroup", text)
    if old and old["properties"]["provisioningState"] == "Deleting":
        raise group_being_deleted(name)
    if old and old["location"] != location:
        text = (
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{old['location']}'."
        )
        raise ArmError(409, "InvalidResourceGroupLocation", text)
    body: Body = {"id": (old or {}).get("id", call.target.scope), "name": (old or {}).get("name", name)}
    body |= {"type": GROUPS, "location": location, "properties": {"provisioningState": "Succeeded"}}
    body |= {key: payload[key] for key in ("tags", "managedBy") if payload.get(key) is not None}
    call.cloud.store.put(body)
    return web.json_response(body, status=200 if old else 201)


def patch(call: Call) -> web.Response:
    """New tags."""
    body = _find(call)
    rules.check(GROUPS, call.query["api-version"], call.payload, call.target.scope, partial=True)
    if call.payload.get("tags") is not None:
        body["tags"] = call.payload["tags"]
    call.cloud.store.put(body)
    return web.json_response(body)


async def delete(call: Call) -> web.Response:
    """202; everything inside goes first, clusters and registries with their processes."""
    body = _find(call)
    if call.cloud.operations.busy(body["id"]) == "delete":
        raise group_being_deleted(body["name"])
    await call.cloud.operations.abandon(body["id"])
    mark(call.cloud, body, "Deleting")
    work = spoil(call, body) if call.fault else empty(call.cloud, body)
    operation = call.cloud.operations.begin(body["id"], "delete", work)
    return web.Response(status=202, headers=answers.location_headers(call, operation))


async def empty(cloud: Cloud, body: Body) -> None:
    """Delete what takes work first, then the group with the rest."""
    for inner in cloud.store.under(body["id"]):
        slow = kind_of(inner["type"]).slow_delete
        if slow and len(ids.parse(inner["id"]).types) == 1:
            await finish_delete(cloud, inner)
    cloud.store.delete(body["id"])


def _find(call: Call) -> Body:
    body = call.cloud.store.get(call.target.scope)
    if not body:
        raise group_not_found(call.target.group)
    return body

"""GET, PUT, PATCH, DELETE and POST on resources, with ARM's habits."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.arm import answers
from cloudnative_emulator.arm.errors import ArmError, group_being_deleted, group_not_found, resource_not_found
from cloudnative_emulator.arm.kinds.kind import Call, Later
from cloudnative_emulator.arm.kinds.registered import kind_of
from cloudnative_emulator.arm.operations import now
from cloudnative_emulator.arm.referee import rules
from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.ids import Target
    from cloudnative_emulator.arm.store import Body

GROUPS = "Microsoft.Resources/resourceGroups"


def get(call: Call) -> web.Response:
    """The resource, or 404 in ARM's words."""
    return web.json_response(kind_of(call.target.type).view(call.cloud, find(call.cloud, call.target)))


def collection(call: Call) -> web.Response:
    """Every resource of the type below the scope: a group, a subscription or a parent resource."""
    target = call.target
    if target.names:
        find(call.cloud, target.owner)
        scope = target.owner.id
    else:
        check_group(call.cloud, target)
        scope = target.scope
    kind = kind_of(target.type)
    found = call.cloud.store.under(scope, target.type)
    return web.json_response({"value": [kind.view(call.cloud, body) for body in found]})


def put(call: Call) -> web.Response:
    """Create or replace."""
    cloud, target = call.cloud, call.target
    kind = kind_of(target.type)
    _check_place(cloud, target)
    _check_idle(cloud, target)
    rules.check(target.type, call.query["api-version"], call.payload, target.id)
    old = cloud.store.get(target.id)
    _check_location(call, old)
    body = _document(call, old)
    if kind.states:
        state = ("Updating" if old else "Creating") if kind.slow_put else "Succeeded"
        body.setdefault("properties", {})["provisioningState"] = state
    cloud.store.put(body)
    status = 200 if old else 201
    shown = kind.view(cloud, body)
    if not kind.slow_put:
        return web.json_response(shown, status=status)
    work = spoil(call, body) if call.fault else finish_put(cloud, body)
    operation = cloud.operations.begin(target.id, "put", work)
    return web.json_response(shown, status=status, headers=answers.poll_headers(call, operation))


async def finish_put(cloud: Cloud, body: Body) -> None:
    """Make the real thing and write down how that ended."""
    state = "Failed"
    try:
        await kind_of(body["type"]).make(cloud, body)
        state = "Succeeded"
    finally:
        stored = cloud.store.get(body["id"])
        if stored and state != stored["properties"].get("provisioningState"):
            stored["properties"]["provisioningState"] = state
            cloud.store.put(stored)


def patch(call: Call) -> web.Response:
    """Tags are replaced, everything else that is sent is merged; then it is a PUT of the result."""
    old = find(call.cloud, call.target)
    if set(call.payload) <= {"tags"}:
        body: Body = {**old, "tags": call.payload.get("tags") or {}}
        call.cloud.store.put(body)
        return web.json_response(kind_of(call.target.type).view(call.cloud, body))
    writable = rules.writable(
        call.target.type, call.query["api-version"], kind_of(call.target.type).view(call.cloud, old)
    )
    merged = _merge(writable, call.payload)
    return put(Call(call.cloud, call.target, call.principal, call.query, merged, call.fault))


async def delete(call: Call) -> web.Response:
    """202 + Location for what takes time, 200 for the rest, 204 for what is not there."""
    cloud, target = call.cloud, call.target
    check_group(cloud, target)
    body = cloud.store.get(target.id)
    if not body:
        return web.Response(status=204)
    kind = kind_of(target.type)
    if not kind.slow_delete:
        cloud.store.delete(target.id)
        return web.json_response(body)
    if cloud.operations.busy(target.id) == "delete":
        raise _busy(target, "delete")
    await cloud.operations.abandon(target.id)
    mark(cloud, body, "Deleting")
    work = spoil(call, body) if call.fault else finish_delete(cloud, body)
    operation = cloud.operations.begin(target.id, "delete", work)
    return web.Response(status=202, headers=answers.location_headers(call, operation))


async def finish_delete(cloud: Cloud, body: Body) -> None:
    """Take the real thing away, then its document with all below it."""
    try:
        await kind_of(body["type"]).remove(cloud, body)
    except ArmError:  # refused: nothing was touched
        mark(cloud, body, "Succeeded")
        raise
    except CloudnativeError:
        mark(cloud, body, "Failed")
        raise
    cloud.store.delete(body["id"])


async def spoil(call: Call, body: Body) -> None:
    """What a fault rule makes of the operation: it fails, or never ends."""
    fault = call.fault
    if fault is None or fault.operation == "hang":
        await asyncio.Event().wait()
        return
    mark(call.cloud, body, "Failed")
    code, text = str(fault.error.get("code", "InjectedFault")), str(fault.error.get("message", fault.name))
    raise ArmError(400, code, text, details=fault.error.get("details"))


async def act(call: Call) -> web.Response:
    """A POST action on an existing resource."""
    owner = call.target.owner
    body = find(call.cloud, owner)
    name = call.target.types[-1]
    action = kind_of(owner.type).actions().get(name.lower())
    if not action:
        text = f"The emulator has no action '{name}' for the type '{owner.type}'."
        raise ArmError(404, "InvalidResourceType", text)
    answer = await action(Call(call.cloud, owner, call.principal, call.query, call.payload), body)
    if isinstance(answer, Later):
        headers = answers.poll_headers(call, answer.operation_id) | answers.location_headers(
            call, answer.operation_id
        )
        return web.Response(status=202, headers=headers)
    return web.json_response(answer)


def find(cloud: Cloud, target: Target) -> Body:
    """The document of a resource, else the 404 that fits."""
    check_group(cloud, target)
    body = cloud.store.get(target.id)
    if body:
        return body
    if not target.namespace:
        raise group_not_found(target.group)
    pairs = "/".join(
        (target.namespace, *(part for pair in zip(target.types, target.names, strict=False) for part in pair))
    )
    raise resource_not_found(pairs, target.group)


def check_group(cloud: Cloud, target: Target) -> None:
    """404 when the target lies in a resource group that is not there."""
    if target.group and not cloud.store.get(f"{cloud.subscription_id}/resourceGroups/{target.group}"):
        raise group_not_found(target.group)


def mark(cloud: Cloud, body: Body, state: str) -> None:
    """Write another provisioningState."""
    stored = copy.deepcopy(body)
    stored.setdefault("properties", {})["provisioningState"] = state
    cloud.store.put(stored)


def _check_place(cloud: Cloud, target: Target) -> None:
    check_group(cloud, target)
    if target.group:
        group = cloud.store.get(f"{cloud.subscription_id}/resourceGroups/{target.group}") or {}
        if group["properties"]["provisioningState"] == "Deleting":
            raise group_being_deleted(target.group)
    parent = target.owner
    if parent.types[-1:] == ("namespaces",):  # a scope inside a cluster, which ARM does not store
        parent = parent.owner
    if parent.namespace and not cloud.store.get(parent.id):
        text = "Can not perform requested operation on nested resource. Parent resource "
        text += f"'{parent.name}' not found."
        raise ArmError(404, "ParentResourceNotFound", text)


def _check_idle(cloud: Cloud, target: Target) -> None:
    root = target
    while root.owner.namespace and root.namespace == root.owner.namespace:
        root = root.owner
    verb = cloud.operations.busy(target.id) or cloud.operations.busy(root.id)
    if verb and kind_of(target.type).slow_put:
        raise _busy(root, verb)


def _busy(target: Target, verb: str) -> ArmError:
    text = f"Another operation ({verb}) on '{target.id}' is in progress: retry when it has ended."
    return ArmError(409, "AnotherOperationInProgress", text)


def _check_location(call: Call, old: Body | None) -> None:
    sent = call.payload.get("location")
    if old and sent and _plain(old.get("location", sent)) != _plain(sent):
        text = (
            f"The resource '{call.target.name}' already exists in location '{old['location']}' in resource "
            f"group '{call.target.group}'. A resource with the same name cannot be created in '{sent}'."
        )
        raise ArmError(409, "InvalidResourceLocation", text)


def _document(call: Call, old: Body | None) -> Body:
    target = call.target
    head: Body = {"id": target.id, "name": target.name, "type": target.type}
    sent = {name: value for name, value in call.payload.items() if value is not None and name != "systemData"}
    if "location" in sent:
        sent["location"] = _plain(sent["location"])
    body = kind_of(target.type).shape(call, {**sent, **head}, copy.deepcopy(old))
    if target.namespace != "Microsoft.Authorization":
        body["systemData"] = _system_data(call, old)
    return body


def _system_data(call: Call, old: Body | None) -> dict[str, Any]:
    who = {"By": call.principal.client_id, "ByType": "Application", "At": now()}
    created = (old or {}).get("systemData") or {f"created{name}": value for name, value in who.items()}
    return {**created, **{f"lastModified{name}": value for name, value in who.items()}}


def _merge(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    merged: dict[str, Any] = dict(old)  # pyright: ignore[reportUnknownArgumentType] - JSON, told apart at run time
    sent: dict[str, Any] = dict(new)  # pyright: ignore[reportUnknownArgumentType] - JSON, told apart at run time
    for name, value in sent.items():
        merged[name] = value if name == "tags" else _merge(merged.get(name), value)
    return merged


def _plain(location: str) -> str:
    return location.replace(" ", "").lower()

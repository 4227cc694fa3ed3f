"""GET, PUT, PATCH, DELETE and POST on resources, with ARM's habits."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.arm import answers
from cloudnative_emulator.arm.background import finish_delete, finish_put, mark, spoil
from cloudnative_emulator.arm.errors import ArmError, operation_in_progress
from cloudnative_emulator.arm.kinds.kind import Call, Later
from cloudnative_emulator.arm.kinds.registered import kind_of
from cloudnative_emulator.arm.operations import now
from cloudnative_emulator.arm.places import (
    check_group,
    check_idle,
    check_location,
    check_place,
    find,
    plain,
)
from cloudnative_emulator.arm.referee import rules

if TYPE_CHECKING:
    from cloudnative_emulator.arm.store import Body


def get(call: Call) -> web.Response:
    """The resource, or 404 in ARM's words."""
    return web.json_response(kind_of(call.target.type).view(call.cloud, find(call.cloud, call.target)))


def head(call: Call) -> web.Response:
    """204 when it is there, else 404."""
    check_group(call.cloud, call.target)
    return web.Response(status=204 if call.cloud.store.get(call.target.id) else 404)


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
    """Create or replace, with a body that the type's models know."""
    cloud, target = call.cloud, call.target
    check_place(cloud, target)
    check_idle(cloud, target)
    old = cloud.store.get(target.id)
    shown = kind_of(target.type).view(cloud, old) if old else None
    rules.check(target.type, call.query["api-version"], call.payload, target.id, stored=shown)
    return _write(replace(call, payload=rules.writable(target.type, call.payload)) if old else call)


def _write(call: Call) -> web.Response:
    cloud, target = call.cloud, call.target
    kind = kind_of(target.type)
    old = cloud.store.get(target.id)
    check_location(call, old)
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


def patch(call: Call) -> web.Response:
    """Tags are replaced, everything else that is sent is merged into what was there."""
    cloud, target = call.cloud, call.target
    old = find(cloud, target)
    rules.check(target.type, call.query["api-version"], call.payload, target.id, partial=True)
    check_place(cloud, target)
    if set(call.payload) <= {"tags"}:
        body: Body = {**old, "tags": call.payload.get("tags") or {}}
        cloud.store.put(body)
        return web.json_response(kind_of(target.type).view(cloud, body))
    check_idle(cloud, target)
    before = rules.writable(target.type, kind_of(target.type).view(cloud, old))
    return _write(replace(call, payload=_merge(before, call.payload)))


async def delete(call: Call) -> web.Response:
    """202 + Location for what takes time, 200 for the rest, 204 for what is not there."""
    cloud, target = call.cloud, call.target
    check_group(cloud, target)
    body = cloud.store.get(target.id)
    if not body:
        return web.Response(status=204)
    kind = kind_of(target.type)
    kind.check_delete(cloud, body)
    if not kind.slow_delete:
        cloud.store.delete(target.id)
        return web.json_response(body)
    if cloud.operations.busy(target.id) == "delete":
        raise operation_in_progress(target.id, "delete")
    await cloud.operations.abandon(target.id)
    mark(cloud, body, "Deleting")
    work = spoil(call, body) if call.fault else finish_delete(cloud, body)
    operation = cloud.operations.begin(target.id, "delete", work)
    return web.Response(status=202, headers=answers.location_headers(call, operation))


async def act(call: Call) -> web.Response:
    """A POST action on an existing resource."""
    owner = call.target.owner
    body = find(call.cloud, owner)
    name = call.target.types[-1]
    action = kind_of(owner.type).actions().get(name.lower())
    if not action:
        text = f"The emulator has no action '{name}' for the type '{owner.type}'."
        raise ArmError(404, "InvalidResourceType", text)
    if name.lower() in kind_of(owner.type).long_actions:
        check_idle(call.cloud, owner)
    answer = await action(Call(call.cloud, owner, call.principal, call.query, call.payload), body)
    if isinstance(answer, Later):
        headers = answers.poll_headers(call, answer.operation_id) | answers.location_headers(
            call, answer.operation_id
        )
        return web.Response(status=202, headers=headers)
    return web.json_response(answer)


def _document(call: Call, old: Body | None) -> Body:
    target = call.target
    known = old or {"id": target.id, "name": target.name}  # the case of the first PUT stays
    head: Body = {"id": known["id"], "name": known["name"], "type": target.type}
    sent = {name: value for name, value in call.payload.items() if value is not None and name != "systemData"}
    if "location" in sent:
        sent["location"] = plain(sent["location"])
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

"""How a client is told to come back: polling URLs and delays for long-running operations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aiohttp import web

from cloudnative_emulator.arm.errors import ArmError

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.kinds.kind import Call

# The Azure SDKs and az obey milliseconds and wait 30 s on `Retry-After: 0`; azure-native and other Go clients
# need the whole second, which would slow the SDKs down: so only those get it.
_DELAY = {"retry-after-ms": "100"}
_WHOLE_SECONDS = ("go-", "golang", "pulumi", "azure-native")


def poll_headers(call: Call, operation: str) -> dict[str, str]:
    """Headers of a 200, 201 or 202 whose work goes on: the client polls `Azure-AsyncOperation`."""
    namespace = call.target.namespace or "Microsoft.Resources"
    path = f"{call.cloud.subscription_id}/providers/{namespace}/locations/global/operations/{operation}"
    return {"Azure-AsyncOperation": _url(call, path), **_DELAY}


def location_headers(call: Call, operation: str) -> dict[str, str]:
    """Headers of a 202: the client polls `Location` until it is no longer 202."""
    path = f"{call.cloud.subscription_id}/operationresults/{operation}"
    return {"Location": _url(call, path), **_DELAY}


def delays_for(user_agent: str) -> dict[str, str]:
    """What a poll's answer adds for this client."""
    agent = user_agent.lower()
    whole = {"Retry-After": "1"} if any(word in agent for word in _WHOLE_SECONDS) else {}
    return {**_DELAY, **whole}


def operation_status(cloud: Cloud, operation_id: str) -> web.Response:
    """The body that `Azure-AsyncOperation` points at."""
    record = _record(cloud, operation_id)
    body: dict[str, object] = {"id": record["id"], "name": record["id"], "status": record["status"]}
    body |= {"startTime": record["started"]}
    if record["ended"]:
        body["endTime"] = record["ended"]
    if record["error"]:
        body["error"] = json.loads(record["error"])
    return web.json_response(body, headers=_DELAY if record["status"] == "InProgress" else {})


def operation_result(cloud: Cloud, operation_id: str, url: str) -> web.Response:
    """What `Location` points at: 202 while it lasts, then 204, or the error."""
    record = _record(cloud, operation_id)
    if record["status"] == "InProgress":
        return web.Response(status=202, headers={"Location": url, **_DELAY})
    if record["error"]:
        error = json.loads(record["error"])
        return web.json_response({"error": error}, status=409)
    return web.Response(status=204)


def _record(cloud: Cloud, operation_id: str) -> dict[str, str | None]:
    record = cloud.store.operation(operation_id)
    if not record:
        raise ArmError(404, "OperationNotFound", f"The operation '{operation_id}' could not be found.")
    return record


def _url(call: Call, path: str) -> str:
    return f"{call.cloud.issuer.arm}{path}?api-version={call.query['api-version']}"

"""What goes on after the answer: making and removing the real thing, and what a fault rule makes of that."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING

from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds.registered import kind_of
from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.kinds.kind import Call
    from cloudnative_emulator.arm.store import Body


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


def mark(cloud: Cloud, body: Body, state: str) -> None:
    """Write another provisioningState."""
    stored = copy.deepcopy(body)
    stored.setdefault("properties", {})["provisioningState"] = state
    cloud.store.put(stored)

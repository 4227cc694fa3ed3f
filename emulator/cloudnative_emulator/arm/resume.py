"""After a restart: registries and clusters come back, and interrupted operations are finished."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from cloudnative_emulator.arm import groups, ids
from cloudnative_emulator.arm.background import finish_delete, finish_put
from cloudnative_emulator.arm.kinds.cluster_spec import CLUSTERS
from cloudnative_emulator.arm.kinds.clusters import change_power
from cloudnative_emulator.arm.kinds.registries import REGISTRIES
from cloudnative_emulator.arm.places import GROUPS

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body

_log = logging.getLogger(__name__)


async def resume(cloud: Cloud) -> None:
    """Bring everything back at once; what fails is logged and shown as provisioningState Failed."""
    taken = _take_up_operations(cloud)
    idle = [body for kind in (REGISTRIES, CLUSTERS) for body in cloud.store.of_type(kind)]
    await asyncio.gather(*(_bring_back(cloud, body) for body in idle if ids.key(body["id"]) not in taken))


def _take_up_operations(cloud: Cloud) -> set[str]:
    taken: set[str] = set()
    for record in cloud.store.unfinished():
        resource, verb = str(record["resource"]), str(record["verb"])
        body = cloud.store.get(resource)
        work = _work(cloud, verb, body) if body else _nothing()
        cloud.operations.begin(resource, verb, work, operation_id=str(record["id"]))
        taken.add(ids.key(resource))
        if body and body["type"] == GROUPS and verb == "delete":
            taken |= {ids.key(inner["id"]) for inner in cloud.store.under(resource)}
    return taken


def _work(cloud: Cloud, verb: str, body: Body) -> Coroutine[Any, Any, None]:
    if verb == "put":
        return finish_put(cloud, body)
    if verb == "delete":
        return groups.empty(cloud, body) if body["type"] == GROUPS else finish_delete(cloud, body)
    return change_power(cloud, body["id"], "Running" if verb == "start" else "Stopped")


async def _nothing() -> None:
    """The resource is gone already: the delete had got that far."""


async def _bring_back(cloud: Cloud, body: Body) -> None:
    if body["properties"].get("powerState", {"code": "Running"})["code"] != "Running":
        return
    try:
        await finish_put(cloud, body)
    except Exception:  # noqa: BLE001 (one broken cluster must not keep the others and ARM itself away)
        _log.exception("%s does not come back; `emulator status` shows it as Failed", body["id"])

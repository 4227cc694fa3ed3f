"""After a crash: which half-made resources exist, decided by asking ARM, never by guessing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cloudnative.absent import NONE

OURS = "cloudnative:"
IN_ENGINE = ("pulumi:",)


@dataclass
class Recovery:
    """A state without pending operations, what was decided for each, and what must be read again."""

    deployment: dict[str, Any]
    adopted: list[str] = field(default_factory=list[str])
    dropped: list[str] = field(default_factory=list[str])
    refresh: list[str] = field(default_factory=list[str])


def pending_operations(deployment: dict[str, Any]) -> list[dict[str, Any]]:
    """Operations that a crash left open."""
    return list(deployment.get("pending_operations") or NONE)


def unfinished(deployment: dict[str, Any]) -> list[dict[str, Any]]:
    """Azure's resources whose creation or update no run saw to its end; Azure may still work on them.

    The engine keeps them with their `initErrors` and updates them next, which Azure refuses while it works.
    """
    resources = deployment.get("resources") or NONE
    return [r for r in resources if r.get("initErrors") and str(r["type"]).startswith("azure-native:")]


def recover(deployment: dict[str, Any], find: Callable[[dict[str, Any]], str | None]) -> Recovery:
    """The state with every pending operation settled.

    `find` takes a resource as the state holds it (type, inputs) and says the id under which it exists, or
    None where ARM is sure that it does not; it raises where nobody can tell: "cannot reach" is never "gone".
    """
    result = Recovery(copy.deepcopy(deployment))
    for operation in pending_operations(deployment):
        _settle(operation, result, find)
    result.deployment.pop("pending_operations", None)
    return result


def _settle(
    operation: dict[str, Any], result: Recovery, find: Callable[[dict[str, Any]], str | None]
) -> None:
    resource = operation["resource"]
    urn = str(resource["urn"])
    if operation["type"] != "creating":
        # The resource is in the state as it was before: what became of it is read, except where our own
        # provider compares with the cluster anyway.
        if not _repeatable(resource) and _known(result.deployment, urn):
            result.refresh.append(urn)
        return
    identity = None if _repeatable(resource) else find(resource)
    if identity is None:
        result.dropped.append(urn)
        return
    _adopt(result.deployment, {**copy.deepcopy(resource), "id": identity})
    result.adopted.append(urn)
    result.refresh.append(urn)


def _repeatable(resource: dict[str, Any]) -> bool:
    """Made by the engine itself or by our provider, whose creates may be done twice."""
    return str(resource["type"]).startswith((OURS, *IN_ENGINE)) or not resource.get("custom", True)


def _known(deployment: dict[str, Any], urn: str) -> bool:
    return any(r["urn"] == urn for r in deployment.get("resources") or NONE)


def _adopt(deployment: dict[str, Any], resource: dict[str, Any]) -> None:
    """Put it last: everything that it depends on was there before it was started."""
    kept = [r for r in deployment.get("resources") or NONE if not _superseded(r, resource)]
    deployment["resources"] = [*kept, resource]


def _superseded(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """The same resource waiting for its replacement, or already known under this id."""
    return old["urn"] == new["urn"] and (old.get("pendingReplacement") or old.get("id") == new["id"])

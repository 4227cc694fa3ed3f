"""Drift of releases: which objects are not as they were left, field by field, and who changed them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from cloudnative_toolchain.errors import CloudnativeError

from . import ledger as ledgers
from .bundle import fetch, remembered
from .changes import Path, field_leaves, path_text
from .clusters import ClusterGone, ClusterStopped, cluster
from .drift import drifted
from .hand_edits import added, without
from .kube import MANAGER, Kind, Kube, KubeError, Object, concurrently
from .ledger import Ledger
from .masking import masked, numbered
from .objects import complete, part, parts, scaled
from .removal import split
from .rollout import bundle_hash, marker

_WITHIN = 60.0
_FORBIDDEN = 403
_CONTROLLERS = ("kube-controller-manager", "kubelet", "kube-scheduler")


@dataclass(frozen=True)
class RegionDrift:
    """`asked` is `read`, `gone` (ARM says so), `stopped` or `unreachable`; `objects` those that drifted."""

    asked: str
    why: str = ""
    release: str = ""
    objects: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


async def release_drifts(cloud: str, releases: Mapping[str, Mapping[str, Any]]) -> dict[str, RegionDrift]:
    """Of the inputs of releases by region, all at once."""
    found = await asyncio.gather(*(_region(cloud, inputs) for inputs in releases.values()))
    return dict(zip(releases, found, strict=True))


async def _region(cloud: str, inputs: Mapping[str, Any]) -> RegionDrift:
    try:
        async with asyncio.timeout(_WITHIN):
            target = await cluster(cloud, inputs["clusterId"])
            async with target.connect() as kube:
                found = await ledgers.read(kube, inputs["application"])
                return RegionDrift("read", "", _release(found, inputs), await _objects(kube, found, inputs))
    except ClusterGone as state:
        return RegionDrift("gone", str(state))
    except ClusterStopped as state:
        return RegionDrift("stopped", str(state))
    except (CloudnativeError, KubeError) as error:
        return RegionDrift("unreachable", str(error))
    except TimeoutError:
        return RegionDrift("unreachable", f"no answer within {_WITHIN:.0f} s")


def _release(found: Ledger, inputs: Mapping[str, Any]) -> str:
    """How the cluster's own word on what runs differs from the state's; empty where they agree."""
    now, number = found.current, int(part(inputs, "bundle").get("number") or 0)
    if not now.state:
        return f"the state says release {number}, the cluster has never heard of one"
    if now.state != "succeeded":
        return f"release {now.number} {'failed' if now.state == 'failed' else 'was cut short'}: {now.why}"
    if now.hash != marker(inputs):
        return f"the state says release {number}, the cluster runs {now.number}"
    return ""


async def _objects(kube: Kube, found: Ledger, inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = await drifted(kube, found)
    if not names:
        return []
    wanted = await _wanted(inputs)
    return list(await concurrently([_asker(kube, name, wanted.get(name)) for name in names]))


async def _wanted(inputs: Mapping[str, Any]) -> dict[str, Object]:
    """The objects as the release wrote them, but for the values of secrets."""
    declared = part(inputs, "objects")
    if len(remembered(declared)) < len(declared) and bundle_hash(inputs):
        await fetch(inputs["cloud"], inputs["bundle"]["ref"])
    replicas = part(inputs, "replicas")
    return {
        name: complete(scaled(obj, replicas), part(inputs, "images"), {})
        for name, obj in remembered(declared).items()
    }


def _asker(kube: Kube, name: str, wanted: Object | None) -> Any:
    async def run() -> dict[str, Any]:
        api_version, kind_name, namespace, own = split(name)
        kind = await kube.kind(api_version, kind_name)
        live = await kube.get(kind, namespace, own) if kind else None
        if kind is None or live is None:
            return {"object": name, "change": "deleted", "fields": []}
        if wanted is None or kind_name == "Secret":
            return {"object": name, "change": "changed", "fields": [], "by": writers(live)}
        return {"object": name, "change": "changed", "fields": await _fields(kube, kind, live, wanted)}

    return run


async def _fields(kube: Kube, kind: Kind, live: Object, wanted: Object) -> list[dict[str, Any]]:
    """By the server's own dry run; who may only read compares what the release declares."""
    try:
        answer = await kube.apply(kind, wanted, dry_run=True, force=True)
        return changed_fields(live, without(answer, added(answer)))
    except KubeError as error:
        if error.status != _FORBIDDEN:
            raise
    declared = {path_text(path) for path, _ in field_leaves(wanted)}
    changed = [one for one in changed_fields(live, wanted) if one["path"] in declared]
    return [*changed, *changed_fields(live, without(live, added(live)))]


def changed_fields(live: Object, should: Object) -> list[dict[str, Any]]:
    """`{"path", "released", "live", "by"}` of every field that differs; values like secrets are masked."""
    now, was = dict(field_leaves(masked(live))), dict(field_leaves(masked(should)))
    managed = parts(live, "metadata", "managedFields")
    found = [
        {"path": path_text(path), "released": was.get(path), "live": now.get(path), "by": who(managed, path)}
        for path in sorted({**now, **was}, key=path_text)
        if now.get(path) != was.get(path)
    ]
    return numbered(found)


def writers(live: Object) -> str:
    """Who wrote an object last, besides releases and Kubernetes' own controllers."""
    return _newest(parts(live, "metadata", "managedFields"))


def who(managed: Sequence[Mapping[str, Any]], path: Path) -> str:
    """The manager that owns a field, newest first; of a field that is gone, whoever wrote last."""
    owners = [entry for entry in managed if _owns(part(entry, "fieldsV1"), path)]
    return _newest(owners) or _newest(managed)


def _newest(managed: Sequence[Mapping[str, Any]]) -> str:
    others = [e for e in managed if e.get("manager") != MANAGER and e.get("subresource") != "status"]
    people = [entry for entry in others if entry.get("manager") not in _CONTROLLERS] or others
    newest = max(people, key=lambda entry: str(entry.get("time", "")), default=None)
    return str(newest["manager"]) if newest else ""


def _owns(fields: Mapping[str, Any], path: Path) -> bool:
    """Whether a field set (`f:spec`, `k:{"name":"web"}`) holds a path, or an ancestor as a whole."""
    if not path:
        return True
    if not fields:
        return False
    below = list(_below(fields, path[0]))
    return any(not one or _owns(one, path[1:]) for one in below)


def _below(fields: Mapping[str, Any], step: str) -> Iterator[Mapping[str, Any]]:
    if not step.startswith("["):
        if f"f:{step}" in fields:
            yield fields[f"f:{step}"]
        return
    label = step[1:-1]
    for name, inner in fields.items():
        if name.startswith("k:"):
            key: dict[str, Any] = cast("dict[str, Any]", json.loads(name[2:]))
            if label.isdigit() or key.get("name") == label:
                yield inner
        elif name.startswith("v:"):
            yield {}

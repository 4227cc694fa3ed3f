"""`Release`: one deployment of a bundle to a cluster: applied, waited for, pruned, remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from cloudnative_toolchain.errors import CloudnativeError

from . import ledger as ledgers
from .bundle import map_changes
from .clusters import ClusterGone, ClusterStopped, cluster
from .drift import drifted
from .made_by_us import ours
from .objects import part
from .planning import preview
from .readiness import endpoints
from .removal import delete_all
from .resource import Call, Change, Failure, InitFailed, Properties, Resource, cancelled
from .rollout import bundle_hash, marker, roll_out
from .wire import UNKNOWN, Secret, known

_KEPT = ("cloud", "clusterId", "application", "bundle", "timeoutSeconds")


class Release(Resource):
    """State keeps what identifies a release; objects and values stay in its inputs, once."""

    token = "cloudnative:index:Release"  # noqa: S105 - a type's token
    required: ClassVar = {
        "cloud": str,
        "clusterId": str,
        "application": str,
        "objects": dict,
        "images": dict,
        "bundle": dict,
    }
    optional: ClassVar = {
        "secretData": dict,
        "keptSecrets": dict,
        "replicas": dict,
        "hold": dict,
        "timeoutSeconds": int,
        "onFailure": str,
    }

    async def check(self, call: Call) -> tuple[Properties, list[Failure]]:
        """Of `keptSecrets` the values that the release has already; the wish itself is not kept."""
        wanted = call.inputs.get("keptSecrets")
        if wanted is None:
            return call.news, []
        news = {name: value for name, value in call.news.items() if name != "keptSecrets"}
        given = part(call.inputs, "secretData")
        kept, missing = kept_secrets(wanted, part(call.old, "secretData"), given)
        if missing:
            return news, [Failure("keptSecrets", _no_values(missing))]
        merged = {name: {**given.get(name, {}), **kept.get(name, {})} for name in {*kept, *given}}
        return {**news, "secretData": Secret(merged)}, []

    async def diff(self, call: Call) -> Change:
        """Inputs first; when those are the same, what the cluster says: marker, existence, our fields."""
        paths = input_changes(call.old, call.inputs)
        return Change(paths or await _live_changes(call.inputs))

    async def create(self, call: Call) -> tuple[str, Properties]:
        """Deployed and ready, or failed and never forgotten."""
        if call.preview:
            await preview(call)
            return "", _outputs(call, UNKNOWN, UNKNOWN, UNKNOWN)
        identity = f"{call.inputs['clusterId']}/{call.inputs['application']}"
        return identity, await self._deployed(call, identity)

    async def update(self, call: Call) -> Properties:
        """The same; a preview tells object by object what would change."""
        if call.preview:
            await preview(call)
            return _outputs(call, call.inputs["bundle"].get("number", UNKNOWN), UNKNOWN, UNKNOWN)
        return await self._deployed(call, call.id)

    async def read(self, call: Call) -> tuple[str, Properties, Properties]:
        """Gone only when ARM says so; everything else is found by the next Diff."""
        try:
            await cluster(call.old["cloud"], call.old["clusterId"])
        except ClusterGone:
            return "", {}, {}
        except ClusterStopped:
            pass
        return call.id, call.olds, call.outputs

    async def delete(self, call: Call) -> None:
        """Everything that it owns is gone, or the cluster is, or it is switched off."""
        inputs = call.old
        try:
            target = await cluster(inputs["cloud"], inputs["clusterId"])
        except (ClusterGone, ClusterStopped) as state:
            call.progress(f"nothing to delete: {state}")
            return
        async with target.connect() as kube:
            found = await ledgers.read(kube, inputs["application"])
            made = await ours(kube, found.objects, inputs["application"])
            call.progress(f"deleting {len(made)} objects")
            await delete_all(kube, made)
            await ledgers.remove(kube, inputs["application"])

    async def _deployed(self, call: Call, identity: str) -> Properties:
        try:
            live = await roll_out(call)
        except CloudnativeError as error:
            raise InitFailed(error, id=identity, outputs=_outputs(call, None, [])) from error
        except (ClusterGone, ClusterStopped) as state:
            error = CloudnativeError(code="release.no-cluster", what=call.inputs["clusterId"], why=str(state))
            raise InitFailed(error, id=identity, outputs=_outputs(call, None, [])) from state
        except asyncio.CancelledError as stop:
            error = cancelled(f"release of {call.inputs['application']}")
            raise InitFailed(error, id=identity, outputs=_outputs(call, None, [])) from stop
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return _outputs(call, call.inputs["bundle"]["number"], endpoints(live), now)


def kept_secrets(
    wanted: Mapping[str, list[str]],
    old: Mapping[str, Mapping[str, str]],
    given: Mapping[str, Mapping[str, str]],
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The values that state has for the wanted keys; the `namespace/name/key` that nobody has one for."""
    found = {
        name: {one: old[name][one] for one in keys if one in old.get(name, {})}
        for name, keys in wanted.items()
    }
    missing = [
        f"{name}/{one}"
        for name, keys in wanted.items()
        for one in keys
        if one not in {*found[name], *given.get(name, {})}
    ]
    return found, sorted(missing)


def _no_values(missing: list[str]) -> str:
    return (
        f"the environment has no value for {', '.join(missing)}: a bundle carries no secrets, and what runs "
        "has none of that name. Put the secret back into the source and run `cloudnative up`"
    )


def input_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Property paths that differ; how long to wait is no difference."""
    place = ("cloud", "clusterId", "application")
    paths = {name: "update-replace" for name in place if new.get(name) != old.get(name)}
    for name in ("objects", "images", "replicas"):
        paths.update(map_changes(name, old.get(name) or {}, new.get(name) or {}))
    if bundle_hash(new) != bundle_hash(old):
        paths["bundle"] = "update"
    if part(new, "hold") != part(old, "hold"):
        paths["hold"] = "update"
    if part(new, "secretData") != part(old, "secretData"):
        paths["secretData"] = "update"
    return paths


def _outputs(call: Call, number: Any, found: Any, rolled_out: Any = "") -> Properties:
    kept = {name: call.news.get(name) for name in _KEPT}
    return {**kept, "number": number, "endpoints": found, "rolledOut": rolled_out}


async def _live_changes(inputs: Mapping[str, Any]) -> dict[str, str]:
    if not known([inputs["clusterId"], inputs["images"], inputs["bundle"]]):
        return {"bundle": "update"}
    try:
        target = await cluster(inputs["cloud"], inputs["clusterId"])
    except (ClusterGone, ClusterStopped):
        return {"bundle": "update"}
    async with target.connect() as kube:
        found = await ledgers.read(kube, inputs["application"])
        if (found.current.state, found.current.hash) != ("succeeded", marker(inputs)):
            return {"bundle": "update"}
        return {f'objects["{name}"]': "update" for name in await drifted(kube, found)}

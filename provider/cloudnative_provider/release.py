"""`Release`: one deployment of a bundle to a cluster: applied, waited for, pruned, remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from cloudnative_toolchain.errors import CloudnativeError

from . import ledger as ledgers
from .apply import apply_all
from .bundle import fetch, map_changes, remembered
from .causes import AZURE, EMULATOR
from .clusters import ClusterGone, ClusterStopped, cluster
from .drift import drifted
from .kube import Kube, Object
from .ledger import Ledger
from .objects import complete, digest, key, part, placeholders
from .planning import preview
from .readiness import endpoints
from .removal import delete_all, prune
from .resource import Call, Change, InitFailed, Properties, Resource, cancelled
from .waiting import Wait
from .wire import UNKNOWN, known

_TIMEOUT = 600
_KEPT = ("cloud", "clusterId", "application", "bundle", "timeoutSeconds")
_SHORTEST_SECRET = 6
_OPEN_WITHIN = 3.0


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
    optional: ClassVar = {"secretData": dict, "timeoutSeconds": int}

    async def diff(self, call: Call) -> Change:
        """Inputs first; when those are the same, what the cluster says: marker, existence, our fields."""
        paths = input_changes(call.old, call.inputs)
        return Change(paths or await _live_changes(call.inputs))

    async def create(self, call: Call) -> tuple[str, Properties]:
        """Deployed and ready, or failed and never forgotten."""
        if call.preview:
            await preview(call)
            return "", _outputs(call, UNKNOWN, UNKNOWN)
        identity = f"{call.inputs['clusterId']}/{call.inputs['application']}"
        return identity, await self._deployed(call, identity)

    async def update(self, call: Call) -> Properties:
        """The same; a preview tells object by object what would change."""
        if call.preview:
            await preview(call)
            return _outputs(call, call.inputs["bundle"].get("number", UNKNOWN), UNKNOWN)
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
            call.progress(f"deleting {len(found.objects)} objects")
            await delete_all(kube, found.objects)
            await ledgers.remove(kube, inputs["application"])

    async def _deployed(self, call: Call, identity: str) -> Properties:
        try:
            live = await _deploy(call)
        except CloudnativeError as error:
            raise InitFailed(error, id=identity, outputs=_outputs(call, None, [])) from error
        except (ClusterGone, ClusterStopped) as state:
            error = CloudnativeError(code="release.no-cluster", what=call.inputs["clusterId"], why=str(state))
            raise InitFailed(error, id=identity, outputs=_outputs(call, None, [])) from state
        except asyncio.CancelledError as stop:
            error = cancelled(f"release of {call.inputs['application']}")
            raise InitFailed(error, id=identity, outputs=_outputs(call, None, [])) from stop
        return _outputs(call, call.inputs["bundle"]["number"], endpoints(live))


def input_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Property paths that differ; how long to wait is no difference."""
    place = ("cloud", "clusterId", "application")
    paths = {name: "update-replace" for name in place if new.get(name) != old.get(name)}
    for name in ("objects", "images"):
        paths.update(map_changes(name, old.get(name) or {}, new.get(name) or {}))
    if _bundle_hash(new) != _bundle_hash(old):
        paths["bundle"] = "update"
    if part(new, "secretData") != part(old, "secretData"):
        paths["secretData"] = "update"
    return paths


def marker(inputs: Mapping[str, Any]) -> str:
    """The hash that the cluster keeps of what was released; secret values are not in it on purpose."""
    return digest({"objects": inputs["objects"], "images": inputs["images"], "bundle": _bundle_hash(inputs)})


def _bundle_hash(inputs: Mapping[str, Any]) -> Any:
    return part(inputs, "bundle").get("hash")


def _outputs(call: Call, number: Any, found: Any) -> Properties:
    kept = {name: call.news.get(name) for name in _KEPT}
    return {**kept, "number": number, "endpoints": found}


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


async def _contents(inputs: Mapping[str, Any]) -> list[Object]:
    """The objects, from this process when the bundle was just made here, else from the registry."""
    found = remembered(inputs["objects"])
    if len(found) == len(inputs["objects"]):
        return list(found.values())
    return await fetch(inputs["cloud"], inputs["bundle"]["ref"])


async def _deploy(call: Call) -> list[Object]:
    inputs = call.inputs
    objects = await _contents(inputs)
    whole = [complete(obj, inputs["images"], part(inputs, "secretData")) for obj in objects]
    _refuse_placeholders(whole)
    target = await cluster(inputs["cloud"], inputs["clusterId"])
    async with target.connect() as kube:
        before = await ledgers.read(kube, inputs["application"])
        bundle = inputs["bundle"]
        now = before.applying(
            hash=marker(inputs),
            number=bundle["number"],
            bundle=bundle["ref"],
            keys=[key(obj) for obj in whole],
        )
        await ledgers.write(kube, now)
        try:
            live, owned = await _rolled_out(call, kube, whole, before)
        except (CloudnativeError, asyncio.CancelledError) as error:
            await _remember_failure(kube, now, error)
            raise
        await prune(kube, {name: was for name, was in now.objects.items() if name not in owned})
        await ledgers.write(kube, now.ended("succeeded", objects=owned))
    return live


async def _rolled_out(
    call: Call, kube: Kube, objects: list[Object], before: Ledger
) -> tuple[list[Object], dict[str, ledgers.Owned]]:
    inputs = call.inputs
    call.progress(f"applying {len(objects)} objects to {kube.where}")
    applied = await apply_all(kube, objects, call.progress)
    wait = Wait(
        kube=kube,
        environment=call.environment,
        applied=applied,
        patience=EMULATOR if inputs["cloud"] == "emulator" else AZURE,
        tell=call.problem,
        progress=call.progress,
        redact=_redactor(part(inputs, "secretData")),
    )
    if before.current.state in ("applying", "failed"):
        await wait.revive()
    live = await wait.until_ready(inputs.get("timeoutSeconds") or _TIMEOUT)
    await _opened(call, [one["url"] for one in endpoints(list(live.values()))])
    owned = {name: ledgers.owned(obj) for name, obj in applied.items()}
    return list(live.values()), owned


async def _opened(call: Call, urls: list[str]) -> None:
    """A new address is known before its node forwards it; one that we may not reach is no failure."""
    for url in urls:
        place = urlsplit(url)
        try:
            async with asyncio.timeout(_OPEN_WITHIN):
                while not await _connects(place.hostname or "", place.port or 80):  # noqa: ASYNC110 - an outside port has no event to wait for
                    await asyncio.sleep(0.1)
        except TimeoutError:
            call.progress(f"{url} does not answer from here yet")


async def _connects(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _remember_failure(kube: Kube, now: Ledger, error: BaseException) -> None:
    """Best effort within a second: the marker `applying` says the same, less precisely."""
    why = "cancelled" if isinstance(error, asyncio.CancelledError) else str(error)
    try:
        async with asyncio.timeout(1):
            await ledgers.write(kube, now.ended("failed", why=why[:1000]))
    except (TimeoutError, CloudnativeError):
        return


def _refuse_placeholders(objects: list[Object]) -> None:
    missing = sorted({service for obj in objects for service in placeholders(obj)})
    if missing:
        raise CloudnativeError(
            code="release.no-image",
            what=", ".join(missing),
            why="objects ask for images of these services, and the release has none for them",
        )


def _redactor(secret_data: Mapping[str, Mapping[str, str]]) -> Any:
    """Takes secret values out of log lines before they become part of an error."""
    values = sorted(
        {text for data in secret_data.values() for text in data.values() if len(text) >= _SHORTEST_SECRET},
        key=len,
        reverse=True,
    )

    def redact(text: str) -> str:
        for value in values:
            text = text.replace(value, "[secret]")
        return text

    return redact

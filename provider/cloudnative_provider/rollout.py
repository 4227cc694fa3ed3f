"""Rolling a release out: marked in the cluster, applied, waited for, pruned, remembered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cloudnative_toolchain.errors import CloudnativeError

from . import ledger as ledgers
from .apply import Writing
from .bundle import fetch, remembered
from .causes import AZURE, EMULATOR
from .clusters import cluster
from .kube import Kube, Object
from .ledger import Ledger
from .made_by_us import ours
from .objects import complete, digest, key, part, placeholders, scaled
from .ownership import take_ownership
from .readiness import endpoints
from .removal import prune
from .resource import Call
from .restoring import ROLLBACK, previous, told
from .stages import stages
from .waiting import Wait
from .wire import Unknown

_TIMEOUT = 600
_SHORTEST_SECRET = 6
_OPEN_WITHIN = 3.0


async def roll_out(call: Call) -> list[Object]:
    """The live objects when all are ready; the ledger says how it went.

    Where that was asked for, a region in which it failed is put back to what ran there before.
    """
    inputs = call.inputs
    target = await cluster(inputs["cloud"], inputs["clusterId"])
    async with target.connect() as kube:
        before = await ledgers.read(kube, inputs["application"])
        try:
            return await _deployed(call, inputs, kube, before)
        except CloudnativeError as error:
            if inputs.get("onFailure") != ROLLBACK:
                raise
            raise told(error, await _put_back(call, kube, before)) from error


async def _deployed(
    call: Call, inputs: Mapping[str, Any], kube: Kube, before: Ledger, why: str = ""
) -> list[Object]:
    objects = await contents(inputs)
    sized = [scaled(obj, part(inputs, "replicas")) for obj in objects]
    whole = [complete(obj, inputs["images"], part(inputs, "secretData")) for obj in sized]
    _refuse_placeholders(whole)
    bundle = inputs["bundle"]
    now = before.applying(
        hash=marker(inputs),
        number=int(bundle["number"]),
        bundle=bundle["ref"],
        keys=[key(obj) for obj in whole],
        source=bundle.get("source") or "",
        hold=inputs.get("hold"),
    )
    await ledgers.write(kube, now)
    try:
        live, owned = await _rolled_out(call, inputs, kube, whole, before)
    except (CloudnativeError, asyncio.CancelledError) as error:
        await _remember_failure(kube, now, error)
        raise
    left_out = {name: was for name, was in now.objects.items() if name not in owned}
    await prune(kube, await ours(kube, left_out, inputs["application"]))
    await ledgers.write(kube, now.ended("succeeded", objects=owned, why=why))
    return live


async def _put_back(call: Call, kube: Kube, before: Ledger) -> str:
    """What runs in the region now, in words."""
    try:
        inputs = await previous(call.inputs, call.old, before)
        if inputs is None:
            return "nothing ran here before, so nothing was put back"
        number = inputs["bundle"]["number"]
        call.progress(f"putting release {number} back")
        now = await ledgers.read(kube, inputs["application"])
        why = f"put back: release {now.current.number} failed"
        await _deployed(call, inputs, kube, now, why)
    except CloudnativeError as error:
        return f"what ran before could not be put back: {error}"
    return f"release {number} runs here again"


def marker(inputs: Mapping[str, Any]) -> str:
    """The hash that the cluster keeps of what was released; secret values are not in it on purpose."""
    released = {"objects": inputs["objects"], "images": inputs["images"], "bundle": bundle_hash(inputs)}
    replicas = part(inputs, "replicas")
    return digest({**released, "replicas": replicas} if replicas else released)


def bundle_hash(inputs: Mapping[str, Any]) -> Any:
    """What the release deploys: None where a bundle says nothing of it, unknown as a whole or in this."""
    bundle: Any = part(inputs, "bundle")
    return bundle if isinstance(bundle, Unknown) else bundle.get("hash")


async def contents(inputs: Mapping[str, Any]) -> list[Object]:
    """The region's objects, from this process when the bundle was just made here, else from the registry."""
    found = remembered(inputs["objects"])
    if len(found) < len(inputs["objects"]):
        await fetch(inputs["cloud"], inputs["bundle"]["ref"])
        found = remembered(inputs["objects"])
    if lost := sorted(set(inputs["objects"]) - set(found)):
        raise CloudnativeError(
            code="bundle.incomplete",
            what=inputs["bundle"]["ref"],
            why=f"it does not hold {', '.join(lost[:3])} as the release says",
        )
    return list(found.values())


async def _rolled_out(
    call: Call, inputs: Mapping[str, Any], kube: Kube, objects: list[Object], before: Ledger
) -> tuple[list[Object], dict[str, ledgers.Owned]]:
    applied = dict[str, Object]()
    end = time.monotonic() + (inputs.get("timeoutSeconds") or _TIMEOUT)
    call.progress(f"applying {len(objects)} objects to {kube.where}")
    writing = Writing(kube, call.environment, call.progress, take_ownership(), before.objects)
    wait = _wait(call, inputs, kube, applied)
    for stage in stages(objects):
        if stage.first:
            await wait.until_ready(end - time.monotonic(), only=stage.first)
        applied.update(await writing.apply(stage.objects))
        if before.current.state in ("applying", "failed"):
            await wait.revive([key(obj) for obj in stage.objects])
    live = await wait.until_ready(end - time.monotonic())
    await _opened(call, [one["url"] for one in endpoints(list(live.values()))])
    owned = {name: ledgers.owned(obj) for name, obj in applied.items()}
    return list(live.values()), owned


def _wait(call: Call, inputs: Mapping[str, Any], kube: Kube, applied: Mapping[str, Object]) -> Wait:
    """The wait for what is in `applied`, which grows from stage to stage."""
    return Wait(
        kube=kube,
        environment=call.environment,
        applied=applied,
        patience=EMULATOR if inputs["cloud"] == "emulator" else AZURE,
        tell=call.problem,
        progress=call.progress,
        redact=_redactor(part(inputs, "secretData")),
    )


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

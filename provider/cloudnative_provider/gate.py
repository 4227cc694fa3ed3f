"""Watching one region of a wave until it was well for long enough."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from . import ledger as ledgers
from .apply import kind_of
from .bake import Bake, Verdict
from .causes import AZURE, EMULATOR
from .clusters import ClusterGone, ClusterStopped, cluster
from .kube import Kube, Object
from .objects import is_workload, key
from .questions import Question, ask, questions
from .readiness import has_rule
from .removal import split
from .waiting import Wait

_PAUSE = 0.5
_SIMULATED = "kwok.x-k8s.io/node"
DOCS = "docs/regions.md#gates"


@dataclass(frozen=True)
class Gate:
    """What one wave must pass; the same for each of its regions."""

    cloud: str
    environment: str
    application: str
    wave: int
    service: str
    path: str
    bake_seconds: float
    timeout_seconds: float
    progress: Callable[[str], None]

    async def watch(self, region: str, cluster_id: str) -> None:
        """Returns when the region has passed; raises what it failed of, with the region, and how to look."""
        try:
            target = await cluster(self.cloud, cluster_id)
            async with target.connect() as kube:
                await _Watch(self, region, kube).until_passed()
        except (ClusterGone, ClusterStopped) as state:
            raise self.failed(region, str(state)) from state

    def failed(self, region: str, why: str, about: str = "", fix: str = "") -> CloudnativeError:
        """The error of a region that did not pass, because of the service `about` where it is one."""
        look = f"cloudnative logs {self.environment} {about}" if about else ""
        return CloudnativeError(
            code="gate.failed",
            what=f"{region} did not pass the gate after wave {self.wave}",
            why=f"{why}; later waves are as they were",
            fix=fix or look or f"cloudnative status {self.environment}",
            docs=DOCS,
            exit_code=ExitCode.RESOURCE,
        )


@dataclass(frozen=True)
class _Trouble:
    """What is wrong at a moment, empty for nothing; `service` is whose logs may tell more."""

    text: str = ""
    service: str = ""


class _Watch:
    """One region while it is watched."""

    def __init__(self, gate: Gate, region: str, kube: Kube) -> None:
        self._gate, self._region, self._kube = gate, region, kube
        self._said = ""

    async def until_passed(self) -> None:
        gate, bake = self._gate, Bake(self._gate.bake_seconds, self._gate.timeout_seconds)
        wait, asked = await self._prepared()
        while True:
            began = time.monotonic()
            trouble = await self._trouble(wait, asked)
            verdict = bake.see(time.monotonic(), trouble.text)
            if verdict is Verdict.PASSED:
                return
            if verdict is Verdict.FAILED:
                text = trouble.text or "it was well and in trouble by turns"
                raise gate.failed(self._region, text, trouble.service or gate.service)
            self._say(trouble.text or f"well; stays so for {gate.bake_seconds:.0f} s")
            await asyncio.sleep(max(_PAUSE, 3 * (time.monotonic() - began)))

    async def _prepared(self) -> tuple[Wait, list[Question]]:
        """What is watched, and who is asked: the objects of the release that runs."""
        gate = self._gate
        ledger = await ledgers.read(self._kube, gate.application)
        if ledger.current.state != "succeeded":
            state = ledger.current.state or "not there"
            raise gate.failed(self._region, f"its release is {state}: {ledger.current.why}".rstrip(": "))
        live = await _live(self._kube, list(ledger.objects))
        wait = Wait(
            kube=self._kube,
            environment=gate.environment,
            applied=live,
            patience=EMULATOR if gate.cloud == "emulator" else AZURE,
            tell=lambda _: None,
            progress=self._say,
            redact=lambda text: text,
        )
        await wait.forgive()
        return wait, await self._questions(live)

    async def _questions(self, live: Mapping[str, Object]) -> list[Question]:
        gate = self._gate
        services = [obj for obj in live.values() if obj["kind"] == "Service"]
        asked = questions(services, gate.service, gate.path)
        if gate.service and not asked:
            self._say(f"{gate.service} does not run here and is not asked")
        if asked and await self._simulated():
            self._say(f"pods are simulated: {', '.join(sorted({one.service for one in asked}))} not asked")
            return []
        return asked

    async def _simulated(self) -> bool:
        kind = await kind_of(self._kube, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": ""}})
        nodes: list[Any] = await self._kube.list(kind, metadata=True)
        return bool(nodes) and all(_SIMULATED in (n["metadata"].get("annotations") or {}) for n in nodes)

    async def _trouble(self, wait: Wait, asked: list[Question]) -> _Trouble:
        try:
            pending = await wait.pending()
        except CloudnativeError as cause:
            found = f"{cause.what}: {cause.why}"
            raise self._gate.failed(self._region, found, fix=cause.fix) from cause
        if pending:
            first = min(pending)
            listed = "; ".join(f"{_short(name)}: {why}" for name, why in sorted(pending.items())[:3])
            return _Trouble(listed, split(first)[3] if is_workload(wait.applied[first]) else "")
        return await self._answers(asked)

    async def _answers(self, asked: list[Question]) -> _Trouble:
        """Everybody is asked at the same time; the first trouble is told."""
        found = await asyncio.gather(*(ask(one, self._kube) for one in asked))
        troubles = (_Trouble(text, one.service) for one, text in zip(asked, found, strict=True) if text)
        return next(troubles, _Trouble())

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._gate.progress(f"{self._region}: {text}")


async def _live(kube: Kube, names: list[str]) -> dict[str, Object]:
    """Those of the named objects that are waited for, as they are; one that is gone as it was called.

    A job that ran is no matter of health, and may have been cleared away since.
    """
    wanted = {name: split(name) for name in names}
    ruled = {
        name: place
        for name, place in wanted.items()
        if place[1] != "Job" and has_rule({"apiVersion": place[0], "kind": place[1]})
    }
    groups = {place[:3] for place in ruled.values()}
    lists = await asyncio.gather(*(_listed(kube, *group) for group in sorted(groups)))
    found = {key(obj): obj for listed in lists for obj in listed}
    return {name: found.get(name) or _bare(*place) for name, place in ruled.items()}


async def _listed(kube: Kube, api_version: str, kind_name: str, namespace: str) -> list[Object]:
    kind = await kind_of(kube, _bare(api_version, kind_name, namespace, ""))
    listed = await kube.list(kind, namespace)
    return [{**obj, "apiVersion": api_version, "kind": kind_name} for obj in listed]


def _bare(api_version: str, kind: str, namespace: str, name: str) -> Object:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
    }


def _short(name: str) -> str:
    return " ".join(name.split("/")[-3::2])

"""Writing a release's objects: server-side apply, many at a time, in dependency order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .hand_edits import added, editors, take_back, without
from .kube import Kind, Kube, KubeError, Object, concurrently
from .objects import key, parts, waves
from .ownership import by_hand, conflicts, owners
from .replacing import failed_job, fixed_field, replace, replaceable, still_headless

_ESTABLISHED_WITHIN = 30.0
_CONFLICT, _RACES = 409, 5


@dataclass(frozen=True)
class Writing:
    """How one release writes: where, for which environment, and whether it takes fields of others."""

    kube: Kube
    environment: str
    progress: Callable[[str], None]
    take_ownership: bool = False
    released: Container[str] = ()
    """Keys of objects that an earlier release wrote: what people changed in them by hand is taken back."""

    async def apply(self, objects: list[Object]) -> dict[str, Object]:
        """Every object as the server answered it, by key."""
        answers: dict[str, Object] = {}
        for wave in waves(objects):
            done = await concurrently([self._applier(obj) for obj in wave])
            answers.update({key(obj): answer for obj, answer in zip(wave, done, strict=True)})
            if wave[0]["kind"] == "CustomResourceDefinition":
                await _established(self.kube, wave)
        return answers

    async def would_be(self, kind: Kind, obj: Object) -> Object:
        """The object as it would be after `apply`, by the server's own dry run."""
        try:
            answer = await self.kube.apply(kind, obj, dry_run=True)
        except KubeError as error:
            if not self._takes(error, obj):
                raise
            answer = await self.kube.apply(kind, obj, dry_run=True, force=True)
        return without(answer, added(answer)) if key(obj) in self.released else answer

    def refused(self, error: KubeError, obj: Mapping[str, Any]) -> CloudnativeError:
        """What the server said, as an error for people."""
        return refusal(error, obj, self.kube.where, self.environment)

    def _applier(self, obj: Object) -> Callable[[], Awaitable[Object]]:
        async def run() -> Object:
            kind = await kind_of(self.kube, obj)
            try:
                answer = await self._written(kind, obj)
                again = still_headless(obj, answer) or failed_job(answer)
                return await replace(self.kube, kind, obj, self.progress) if again else answer
            except KubeError as error:
                if replaceable(kind.name, error):
                    return await replace(self.kube, kind, obj, self.progress)
                raise self.refused(error, obj) from error

        return run

    async def _written(self, kind: Kind, obj: Object) -> Object:
        """Applied; what people added to it with kubectl is gone again."""
        answer = await self._applied(kind, obj)
        for _ in range(_RACES):
            if key(obj) not in self.released or not added(answer):
                break
            self.progress(f"taking back {key(obj)}: what {editors(answer)} added")
            try:
                await take_back(self.kube, kind, answer)
            except KubeError as error:
                if error.status != _CONFLICT:
                    raise
            answer = await self._applied(kind, obj)
        return answer

    async def _applied(self, kind: Kind, obj: Object) -> Object:
        try:
            return await self.kube.apply(kind, obj)
        except KubeError as error:
            if not self._takes(error, obj):
                raise
            self.progress(f"taking over {key(obj)}: {owners(error)}")
            return await self.kube.apply(kind, obj, force=True)

    def _takes(self, error: KubeError, obj: Object) -> bool:
        ours = key(obj) in self.released and by_hand(error)
        return ours or (self.take_ownership and bool(conflicts(error)))


async def kind_of(kube: Kube, obj: Mapping[str, Any]) -> Kind:
    """How the server serves the object's kind; asks again once, a definition may just have been added."""
    found = await kube.kind(obj["apiVersion"], obj["kind"])
    found = found or await kube.kind(obj["apiVersion"], obj["kind"], fresh=True)
    if found is None:
        raise CloudnativeError(
            code="release.no-kind",
            what=f"{key(obj)} in {kube.where}",
            why=f"the cluster does not serve {obj['apiVersion']} {obj['kind']}; its definition is missing",
            fix="kubectl api-resources",
            exit_code=ExitCode.RESOURCE,
        )
    return found


def refusal(error: KubeError, obj: Mapping[str, Any], where: str, environment: str) -> CloudnativeError:
    """Why the server did not take an object: who owns which field, which policy denied it, what is wrong."""
    name = f"{key(obj)} in {where}"
    if conflicts(error):
        return _error(
            "release.conflict", name, owners(error), f"cloudnative up {environment} --take-ownership"
        )
    if error.status == 403:
        return _error("release.denied", name, error.message)
    if error.status == 400 and "admission webhook" in error.message:
        return _error("release.denied", name, error.message)
    if fixed_field(error):
        return _error("release.immutable", name, f"cannot be changed in place: {error.message}", _show(obj))
    return _error("release.refused", name, error.message)


def _show(obj: Mapping[str, Any]) -> str:
    meta = obj["metadata"]
    place = f" -n {meta['namespace']}" if meta.get("namespace") else ""
    return f"kubectl get {obj['kind'].lower()} {meta['name']}{place} -o yaml --show-managed-fields"


def _error(code: str, what: str, why: str, fix: str = "") -> CloudnativeError:
    return CloudnativeError(code=code, what=what, why=why, fix=fix, exit_code=ExitCode.RESOURCE)


async def _established(kube: Kube, definitions: list[Object]) -> None:
    end = time.monotonic() + _ESTABLISHED_WITHIN
    for obj in definitions:
        kind = await kind_of(kube, obj)
        while not _is_established(await kube.get(kind, "", obj["metadata"]["name"])):
            if time.monotonic() > end:
                raise _error("release.timeout", key(obj), f"not established in {_ESTABLISHED_WITHIN:.0f} s")
            await asyncio.sleep(0.2)


def _is_established(definition: Object | None) -> bool:
    conditions = parts(definition, "status", "conditions")
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)

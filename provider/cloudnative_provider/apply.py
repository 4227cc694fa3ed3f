"""Writing a release's objects: server-side apply, many at a time, in dependency order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .kube import Kind, Kube, KubeError, Object, concurrently
from .objects import key, parts, waves
from .replacing import fixed_field, replace, replaceable, still_headless

_ESTABLISHED_WITHIN = 30.0


async def apply_all(kube: Kube, objects: list[Object], progress: Callable[[str], None]) -> dict[str, Object]:
    """Every object as the server answered it, by key."""
    answers: dict[str, Object] = {}
    for wave in waves(objects):
        done = await concurrently([_applier(kube, obj, progress) for obj in wave])
        answers.update({key(obj): answer for obj, answer in zip(wave, done, strict=True)})
        if wave[0]["kind"] == "CustomResourceDefinition":
            await _established(kube, wave)
    return answers


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


def _applier(kube: Kube, obj: Object, progress: Callable[[str], None]) -> Callable[[], Awaitable[Object]]:
    async def run() -> Object:
        kind = await kind_of(kube, obj)
        try:
            answer = await kube.apply(kind, obj)
            return await replace(kube, kind, obj, progress) if still_headless(obj, answer) else answer
        except KubeError as error:
            if replaceable(kind.name, error):
                return await replace(kube, kind, obj, progress)
            raise refusal(error, obj, kube.where) from error

    return run


def refusal(error: KubeError, obj: Mapping[str, Any], where: str) -> CloudnativeError:
    """Why the server did not take an object: who owns which field, which policy denied it, what is wrong."""
    name = f"{key(obj)} in {where}"
    conflicts = [cause for cause in error.causes if cause.get("reason") == "FieldManagerConflict"]
    if conflicts:
        return _error("release.conflict", name, _owners(conflicts), _show(obj))
    if error.status == 403:
        return _error("release.denied", name, error.message)
    if error.status == 400 and "admission webhook" in error.message:
        return _error("release.denied", name, error.message)
    if fixed_field(error):
        return _error("release.immutable", name, f"cannot be changed in place: {error.message}", _show(obj))
    return _error("release.refused", name, error.message)


def _owners(conflicts: list[dict[str, str]]) -> str:
    """Who has which fields; the server says `conflict with "kubectl-edit" using v1 at TIME`."""
    fields: dict[str, list[str]] = {}
    for cause in conflicts:
        owner = cause.get("message", "").partition('"')[2].partition('"')[0] or "nobody that it names"
        fields.setdefault(owner, []).append(cause.get("field", ""))
    return "; ".join(f"the field manager {owner} owns {', '.join(own)}" for owner, own in fields.items())


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

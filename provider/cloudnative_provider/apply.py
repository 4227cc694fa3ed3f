"""Writing a release's objects: server-side apply, many at a time, in dependency order, and pruning."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .kube import CONCURRENCY, Kind, Kube, KubeError, Object
from .ledger import Owned
from .objects import key, parts, waves

_ESTABLISHED_WITHIN = 30.0
_GONE_WITHIN = 120.0


async def concurrently(work: Iterable[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Results in order; the first failure cancels the rest."""
    gate = asyncio.Semaphore(CONCURRENCY)

    async def one(call: Callable[[], Awaitable[Any]]) -> Any:
        async with gate:
            return await call()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in work]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def apply_all(kube: Kube, objects: list[Object]) -> dict[str, Object]:
    """Every object as the server answered it, by key."""
    answers: dict[str, Object] = {}
    for wave in waves(objects):
        done = await concurrently([_applier(kube, obj) for obj in wave])
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


async def prune(kube: Kube, gone: Mapping[str, Owned]) -> None:
    """Delete what an earlier release owned; an object that somebody else made under the name stays."""
    await concurrently([_deleter(kube, name, was) for name, was in _deletion_order(gone)])


async def delete_all(kube: Kube, owned: Mapping[str, Owned]) -> None:
    """Delete everything a release owns, namespaces last, and wait until it is gone."""
    namespaces = {name: was for name, was in owned.items() if name.startswith("v1/Namespace/")}
    rest = {name: was for name, was in owned.items() if name not in namespaces}
    for group in (rest, namespaces):
        await prune(kube, group)
        await _gone(kube, group)


def split(name: str) -> tuple[str, str, str, str]:
    """apiVersion, kind, namespace and name of a key."""
    parts = name.split("/")
    version = 2 if "." in parts[0] or not _is_version(parts[0]) else 1
    api_version, kind, rest = "/".join(parts[:version]), parts[version], parts[version + 1 :]
    return api_version, kind, rest[0] if len(rest) == 2 else "", rest[-1]


def _is_version(text: str) -> bool:
    return text[:1] == "v" and text[1:2].isdigit()


def _applier(kube: Kube, obj: Object) -> Callable[[], Awaitable[Object]]:
    async def run() -> Object:
        kind = await kind_of(kube, obj)
        try:
            return await kube.apply(kind, obj)
        except KubeError as error:
            if kind.name == "Job" and error.status == 422 and "immutable" in error.message:
                return await _run_again(kube, kind, obj)
            raise refusal(error, obj, kube.where) from error

    return run


async def _run_again(kube: Kube, kind: Kind, obj: Object) -> Object:
    """A Job whose template changed is another Job: the old one goes first."""
    meta = obj["metadata"]
    await kube.delete(kind, meta.get("namespace", ""), meta["name"])
    await _gone(kube, {key(obj): Owned()})
    return await kube.apply(kind, obj)


def refusal(error: KubeError, obj: Mapping[str, Any], where: str) -> CloudnativeError:
    """Why the server did not take an object: who owns which field, which policy denied it, what is wrong."""
    name = f"{key(obj)} in {where}"
    conflicts = [cause for cause in error.causes if cause.get("reason") == "FieldManagerConflict"]
    if conflicts:
        owners = "; ".join(f"{cause['field']}: {cause['message']}" for cause in conflicts)
        return _error("release.conflict", name, f"owned by another field manager: {owners}", _show(obj))
    if error.status == 403:
        return _error("release.denied", name, error.message)
    if error.status == 400 and "admission webhook" in error.message:
        return _error("release.denied", name, error.message)
    if error.status == 422 and "immutable" in error.message:
        return _error("release.immutable", name, error.message, _show(obj).replace(" get ", " delete ", 1))
    return _error("release.refused", name, error.message)


def _show(obj: Mapping[str, Any]) -> str:
    meta = obj["metadata"]
    place = f" -n {meta['namespace']}" if meta.get("namespace") else ""
    return f"kubectl get {obj['kind'].lower()} {meta['name']}{place} -o yaml --show-managed-fields"


def _error(code: str, what: str, why: str, fix: str = "") -> CloudnativeError:
    if code == "release.immutable":
        fix = fix.partition(" -o yaml")[0]
    return CloudnativeError(code=code, what=what, why=why, fix=fix, exit_code=ExitCode.RESOURCE)


def _deleter(kube: Kube, name: str, was: Owned) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        api_version, kind_name, namespace, own_name = split(name)
        kind = await kube.kind(api_version, kind_name)
        if kind is not None:
            await kube.delete(kind, namespace, own_name, uid=was.uid)

    return run


def _deletion_order(gone: Mapping[str, Owned]) -> list[tuple[str, Owned]]:
    return sorted(gone.items(), reverse=True)


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


async def _gone(kube: Kube, names: Mapping[str, Owned]) -> None:
    end, left = time.monotonic() + _GONE_WITHIN, set(names)
    while left := {name for name in left if await _exists(kube, name, names[name])}:
        if time.monotonic() > end:
            raise _error(
                "release.delete-timeout",
                f"{len(left)} objects in {kube.where}",
                f"not gone after {_GONE_WITHIN:.0f} s: {', '.join(sorted(left)[:5])}",
            )
        await asyncio.sleep(0.3)


async def _exists(kube: Kube, name: str, was: Owned) -> bool:
    api_version, kind_name, namespace, own_name = split(name)
    kind = await kube.kind(api_version, kind_name)
    live = await kube.get(kind, namespace, own_name) if kind is not None else None
    return live is not None and (not was.uid or live["metadata"]["uid"] == was.uid)

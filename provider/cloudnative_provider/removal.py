"""Deleting what a release owns, and nothing that somebody else made under the same name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .kube import Kube, KubeError, concurrently
from .ledger import Owned

_GONE_WITHIN = 120.0


async def prune(kube: Kube, gone: Mapping[str, Owned]) -> None:
    """Delete what an earlier release owned; an object that somebody else made under the name stays."""
    await concurrently([_deleter(kube, name, was) for name, was in _deletion_order(gone)])


async def delete_all(kube: Kube, owned: Mapping[str, Owned]) -> None:
    """Delete everything a release owns, namespaces last, and wait until it is gone."""
    namespaces = {name: was for name, was in owned.items() if name.startswith("v1/Namespace/")}
    rest = {name: was for name, was in owned.items() if name not in namespaces}
    for group in (rest, namespaces):
        await prune(kube, group)
        await gone(kube, group)


def split(name: str) -> tuple[str, str, str, str]:
    """apiVersion, kind, namespace and name of a key."""
    parts = name.split("/")
    version = 2 if "." in parts[0] or not _is_version(parts[0]) else 1
    api_version, kind, rest = "/".join(parts[:version]), parts[version], parts[version + 1 :]
    return api_version, kind, rest[0] if len(rest) == 2 else "", rest[-1]


def _is_version(text: str) -> bool:
    return text[:1] == "v" and text[1:2].isdigit()


def _deleter(kube: Kube, name: str, was: Owned) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        api_version, kind_name, namespace, own_name = split(name)
        kind = await kube.kind(api_version, kind_name)
        if kind is None:
            return
        try:
            await kube.delete(kind, namespace, own_name, uid=was.uid)
        except KubeError as error:
            raise _refused(name, kube.where, error) from error

    return run


def _refused(name: str, where: str, error: KubeError) -> CloudnativeError:
    return CloudnativeError(
        code="release.denied" if error.status == 403 else "release.refused",
        what=f"{name} in {where} cannot be deleted",
        why=error.message,
        exit_code=ExitCode.RESOURCE,
    )


def _deletion_order(gone: Mapping[str, Owned]) -> list[tuple[str, Owned]]:
    return sorted(gone.items(), reverse=True)


async def gone(kube: Kube, names: Mapping[str, Owned]) -> None:
    """Returns when none of them exists any more."""
    end, left = time.monotonic() + _GONE_WITHIN, set(names)
    while left := {name for name in left if await _exists(kube, name, names[name])}:
        if time.monotonic() > end:
            raise CloudnativeError(
                code="release.delete-timeout",
                what=f"{len(left)} objects in {kube.where}",
                why=f"not gone after {_GONE_WITHIN:.0f} s: {', '.join(sorted(left)[:5])}",
                exit_code=ExitCode.RESOURCE,
            )
        await asyncio.sleep(0.3)


async def _exists(kube: Kube, name: str, was: Owned) -> bool:
    api_version, kind_name, namespace, own_name = split(name)
    kind = await kube.kind(api_version, kind_name)
    live = await kube.get(kind, namespace, own_name) if kind is not None else None
    return live is not None and (not was.uid or live["metadata"]["uid"] == was.uid)

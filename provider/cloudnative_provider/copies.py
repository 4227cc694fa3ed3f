"""Copies between two registries of one cloud, byte for byte: what arrives has the digest that it had."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .objects import part, parts
from .registry import Registry, StoredManifest

_AT_ONCE = 4


async def copy(source: Registry, target: Registry, repository: str, reference: str) -> StoredManifest:
    """An image, an index with all its images, or an artifact; what the target has is not sent again."""
    manifest = await source.pull(repository, reference)
    if manifest is None:
        raise CloudnativeError(
            code="registry.gone",
            what=f"{source.server}/{repository}@{reference}",
            why="the registry has no such image any more",
            exit_code=ExitCode.RESOURCE,
        )
    if await target.digest(repository, manifest.digest):
        return manifest
    described: dict[str, Any] = json.loads(manifest.content)
    for child in parts(described, "manifests"):
        await copy(source, target, repository, child["digest"])
    await _copy_blobs(source, target, repository, described)
    await target.push(repository, manifest.digest, manifest)
    return manifest


async def _copy_blobs(
    source: Registry, target: Registry, repository: str, manifest: Mapping[str, Any]
) -> None:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(blob: Mapping[str, Any]) -> None:
        async with gate:
            if not await target.has_blob(repository, blob["digest"]):
                await target.take_blob(source, repository, blob["digest"], int(blob["size"]))

    wanted = [*filter(None, [part(manifest, "config")]), *parts(manifest, "layers")]
    own = {blob["digest"]: blob for blob in wanted if not blob.get("urls")}
    async with asyncio.TaskGroup() as group:
        for blob in own.values():
            group.create_task(one(blob))

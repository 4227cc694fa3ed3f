"""Copies between registries: byte for byte, parts before what names them, nothing twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudnative_provider.copies import copy
from cloudnative_provider.registry import INDEX, MANIFEST, StoredManifest
from cloudnative_toolchain.errors import CloudnativeError


class Shelf:
    """A registry in memory; `log` is what was stored, in order."""

    def __init__(self, server: str) -> None:
        self.server, self.log = server, list[str]()
        self.manifests: dict[str, StoredManifest] = {}
        self.blobs: set[str] = set()

    async def pull(self, _: str, reference: str) -> StoredManifest | None:
        return self.manifests.get(reference)

    async def digest(self, _: str, reference: str) -> str:
        return reference if reference in self.manifests else ""

    async def push(self, _: str, reference: str, manifest: StoredManifest) -> str:
        self.manifests[reference] = manifest
        self.log.append(manifest.media_type)
        return manifest.digest

    async def has_blob(self, _: str, digest: str) -> bool:
        return digest in self.blobs

    async def take_blob(self, source: Shelf, _: str, digest: str, size: int) -> None:
        assert size == 3
        assert digest in source.blobs
        self.blobs.add(digest)
        self.log.append(digest)


def _add(shelf: Shelf, media_type: str, body: dict[str, Any]) -> str:
    manifest = StoredManifest(media_type, json.dumps(body, indent=3).encode())
    shelf.manifests[manifest.digest] = manifest
    return manifest.digest


def _image(shelf: Shelf) -> str:
    shelf.blobs |= {"config", "layer"}
    parts = {"config": {"digest": "config", "size": 3}, "layers": [{"digest": "layer", "size": 3}] * 2}
    return _add(shelf, MANIFEST, parts)


@pytest.fixture
def shelves() -> tuple[Any, Any]:
    return Shelf("from"), Shelf("to")


async def test_an_index_arrives_after_its_images_and_their_blobs(shelves: tuple[Any, Any]):
    source, target = shelves
    index = _add(source, INDEX, {"manifests": [{"digest": _image(source)}]})

    await copy(source, target, "shop/web", index)

    assert sorted(target.log[:2]) == ["config", "layer"]
    assert target.log[2:] == [MANIFEST, INDEX]
    assert target.manifests == source.manifests


async def test_what_is_there_is_not_sent_again(shelves: tuple[Any, Any]):
    source, target = shelves
    digest = _image(source)
    target.blobs.add("layer")

    await copy(source, target, "shop/web", digest)
    await copy(source, target, "shop/web", digest)

    assert target.log == ["config", MANIFEST]


async def test_an_image_that_is_gone_is_named(shelves: tuple[Any, Any]):
    with pytest.raises(CloudnativeError, match="from/shop/web@sha256:0"):
        await copy(*shelves, "shop/web", "sha256:0")

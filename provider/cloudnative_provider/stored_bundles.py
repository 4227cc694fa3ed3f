"""Bundles as they lie in a registry, for whoever deploys or lists them: the command's way to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .bundle import OWN_REGISTRY, content_hash, missing, source, unpacked
from .copies import copy
from .objects import Object
from .registry import Registry, StoredManifest, registry, split_ref

_LOOKED_THROUGH = 50
_TAG = 12


@dataclass(frozen=True)
class BundleContent:
    """Everything that one stored bundle says; `objects` have placeholders for images and no secret values."""

    application: str
    ref: str
    hash: str
    images: Mapping[str, str]
    objects: list[Object]
    provenance: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(
        default_factory=dict[str, Mapping[str, Mapping[str, Any]]]
    )
    """`namespace/name` to key to how its value is made; nothing where it comes from files or variables."""
    placement: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def source(self) -> str:
        """The revision as a person reads it."""
        return source(self.provenance)


async def read_bundle(cloud: str, ref: str) -> BundleContent:
    """The bundle of `registry/repository@digest`; CloudnativeError where the registry has none."""
    server, repository, reference = split_ref(ref)
    async with registry(cloud, server) as acr:
        manifest = await acr.manifest(repository, reference)
        if manifest is None:
            raise missing(ref)
        config = await _config(acr, repository, manifest)
        packed = await acr.blob(repository, manifest["layers"][0]["digest"])
    objects = unpacked(packed)
    if "secrets" not in config and any(one["kind"] == "Secret" for one in objects):
        raise _too_old(ref)
    images = {service: resolved(image, server) for service, image in config["images"].items()}
    return BundleContent(
        application=config["application"],
        ref=ref,
        hash=manifest.get("annotations", {}).get("cloudnative.hash", "") or content_hash(config),
        images=images,
        objects=objects,
        provenance=config.get("provenance") or {},
        secrets=config.get("secrets") or {},
        placement=config.get("placement") or {},
    )


def _too_old(ref: str) -> CloudnativeError:
    return CloudnativeError(
        code="bundle.too-old",
        what=ref,
        why="an older version made it, which did not write down which values its Secrets need",
        fix="cloudnative history --help",
        exit_code=ExitCode.RESOURCE,
    )


def resolved(image: str, server: str) -> str:
    """An image of the bundle's own registry with the name of the registry that the bundle lies in."""
    return f"{server}/{image.removeprefix(OWN_REGISTRY)}" if image.startswith(OWN_REGISTRY) else image


async def _config(acr: Registry, repository: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    return json.loads(await acr.blob(repository, manifest["config"]["digest"]))


@dataclass(frozen=True)
class NumberedBundle:
    """A bundle under the number that an environment gave it; without its objects."""

    number: int
    ref: str
    hash: str
    images: Mapping[str, str]
    provenance: Mapping[str, str]


def repository_of(application: str) -> str:
    """Where the bundles of an application lie."""
    return f"bundles/{application}"


async def numbered(cloud: str, server: str, application: str, newest: int) -> list[NumberedBundle]:
    """The newest bundles of an application, highest number first."""
    repository = repository_of(application)
    async with registry(cloud, server) as acr:
        numbers = sorted((int(tag) for tag in await acr.tags(repository) if tag.isdigit()), reverse=True)
        found = await asyncio.gather(*(_one(acr, repository, number) for number in numbers[:newest]))
    return [bundle for bundle in found if bundle is not None]


async def bundle_of(cloud: str, server: str, application: str, number: int) -> NumberedBundle | None:
    """The bundle of that number, `None` where the registry has none."""
    async with registry(cloud, server) as acr:
        return await _one(acr, repository_of(application), number)


async def promoted(cloud: str, content: BundleContent, server: str) -> tuple[str, int]:
    """The bundle and its images in another registry, by the digests they have; reference and number there.

    What is there already, number included, is taken as it is.
    """
    origin, repository, digest = split_ref(content.ref)
    async with registry(cloud, origin) as source_registry, registry(cloud, server) as target:
        if origin != server:
            own = [split_ref(image) for image in content.images.values() if image.startswith(f"{origin}/")]
            await asyncio.gather(
                *(_tagged_copy(source_registry, target, name, image) for _, name, image in dict.fromkeys(own))
            )
        there = bool(await target.digest(repository, digest))
        manifest = await copy(source_registry, target, repository, digest)
        number = await _number_of(target, repository, manifest, there=there)
    return f"{server}/{repository}@{digest}", number


async def _tagged_copy(source_registry: Registry, target: Registry, repository: str, digest: str) -> None:
    """The image under a tag: untagged ones are what purges take first."""
    manifest = await copy(source_registry, target, repository, digest)
    await target.push(repository, digest.removeprefix("sha256:")[:_TAG], manifest)


async def _number_of(target: Registry, repository: str, manifest: StoredManifest, *, there: bool) -> int:
    """The number that the registry has for these bytes, else the next one."""
    tags = await target.tags(repository)
    numbers = sorted((int(tag) for tag in tags if tag.isdigit()), reverse=True)
    for number in numbers[:_LOOKED_THROUGH] if there else []:
        if await target.digest(repository, str(number)) == manifest.digest:
            return number
    content = json.loads(manifest.content).get("annotations", {}).get("cloudnative.hash", "")
    number = (numbers[0] if numbers else 0) + 1
    for tag in filter(None, (content, str(number))):
        await target.push(repository, tag, manifest)
    return number


async def _one(acr: Registry, repository: str, number: int) -> NumberedBundle | None:
    manifest = await acr.pull(repository, str(number))
    if manifest is None:
        return None
    described: dict[str, Any] = json.loads(manifest.content)
    config = await _config(acr, repository, described)
    return NumberedBundle(
        number=number,
        ref=f"{acr.server}/{repository}@{manifest.digest}",
        hash=described.get("annotations", {}).get("cloudnative.hash", ""),
        images={service: resolved(image, acr.server) for service, image in config["images"].items()},
        provenance=config.get("provenance") or {},
    )

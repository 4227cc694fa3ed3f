"""Bundles as they lie in a registry, for whoever deploys or lists them: the command's way to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .bundle import OWN_REGISTRY, content_hash, missing, source, unpacked
from .objects import Object
from .registry import Registry, registry, split_ref


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
    images = {service: resolved(image, server) for service, image in config["images"].items()}
    return BundleContent(
        application=config["application"],
        ref=ref,
        hash=manifest.get("annotations", {}).get("cloudnative.hash", "") or content_hash(config),
        images=images,
        objects=unpacked(packed),
        provenance=config.get("provenance") or {},
        secrets=config.get("secrets") or {},
        placement=config.get("placement") or {},
    )


def resolved(image: str, server: str) -> str:
    """An image of the bundle's own registry with the name of the registry that the bundle lies in."""
    return f"{server}/{image.removeprefix(OWN_REGISTRY)}" if image.startswith(OWN_REGISTRY) else image


async def _config(acr: Registry, repository: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    return json.loads(await acr.blob(repository, manifest["config"]["digest"]))

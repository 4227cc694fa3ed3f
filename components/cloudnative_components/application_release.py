"""From an application to resources of our provider: images, one bundle, a release per region, by wave."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from cloudnative_toolchain.folders import home

from .application import Application, Build
from .bundle import Bundle
from .config import EnvironmentConfig
from .generated_secret import GeneratedSecret
from .image import Image, ImageArgs
from .provenance import provenance, source
from .region import Region
from .release import BundleReference, Release, ReleaseArgs
from .upstream_image import UpstreamImage


@dataclass(frozen=True)
class RegistryAddress:
    """Where images and bundles go; `registry_id` is for the builder `acr` alone."""

    login_server: pulumi.Input[str]
    registry_id: pulumi.Input[str] | None = None


@dataclass(frozen=True)
class Target:
    """A cluster to release to; `made` where the same program makes it."""

    cluster_id: pulumi.Input[str]
    made: Region | None = None

    def options(self, parent: pulumi.Resource, after: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        """Of the release to it: after its region, and gone with its cluster."""
        if self.made is None:
            return pulumi.ResourceOptions(parent=parent, depends_on=list(after))
        return pulumi.ResourceOptions(
            parent=parent, deleted_with=self.made.aks.cluster, depends_on=[self.made, *after]
        )


@dataclass(frozen=True)
class ApplicationImages:
    """Reference and digest of every service's image, and what the built ones stand on."""

    refs: dict[str, pulumi.Input[str]]
    digests: dict[str, pulumi.Input[str]]
    bases: dict[str, pulumi.Input[dict[str, str]]]


@dataclass(frozen=True)
class Rollout:
    """What was rolled out: the bundle and its releases by region."""

    bundle: Bundle
    releases: dict[str, Release]


def build_images(
    application: Application,
    config: EnvironmentConfig,
    registry: RegistryAddress,
    *,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> ApplicationImages:
    """One Image per built service, all at once; images of somebody else's by the digest they have now."""
    made: dict[str, Image | UpstreamImage] = {
        build.service: Image(
            f"{application.name}-{build.service}",
            _image(build, f"{application.name}/{build.service}", config, registry),
            pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
        )
        for build in application.builds
    }
    made |= {
        service: UpstreamImage(
            f"{application.name}-{service}",
            {"cloud": config.cloud, "reference": reference},
            pulumi.ResourceOptions(parent=parent),
        )
        for service, reference in application.images.items()
    }
    return ApplicationImages(
        refs={service: image.ref for service, image in made.items()},
        digests={service: image.digest for service, image in made.items()},
        bases={service: image.bases for service, image in made.items() if isinstance(image, Image)},
    )


def roll_out(
    application: Application,
    config: EnvironmentConfig,
    *,
    images: ApplicationImages,
    registry: pulumi.Input[str],
    targets: Mapping[str, Target],
    parent: pulumi.Resource,
) -> Rollout:
    """One bundle and its release in every region: the first region alone, then all others together."""
    bundle = _bundle(application, config, images=images, registry=registry, parent=parent)
    secret_data = _secret_data(application, parent)
    releases: dict[str, Release] = {}
    for region, target in targets.items():
        args: ReleaseArgs = {
            "cloud": config.cloud,
            "cluster_id": target.cluster_id,
            "application": application.name,
            "objects": object_hashes(application.objects_in(region)),
            "images": images.refs,
            "bundle": reference(bundle),
            "secret_data": secret_data,
            "timeout_seconds": config.release_timeout_seconds,
        }
        after = list(releases.values())[:1]
        releases[region] = Release(f"{application.name}-{region}", args, target.options(parent, after))
    return Rollout(bundle, releases)


def _bundle(
    application: Application,
    config: EnvironmentConfig,
    *,
    images: ApplicationImages,
    registry: pulumi.Input[str],
    parent: pulumi.Resource,
) -> Bundle:
    return Bundle(
        application.name,
        {
            "cloud": config.cloud,
            "registry": registry,
            "application": application.name,
            "objects": object_hashes(application.objects),
            "objects_file": pulumi.FileAsset(str(_written(application, config.name))),
            "images": images.refs,
            "provenance": _provenance(config, images),
        },
        pulumi.ResourceOptions(parent=parent),
    )


def reference(bundle: Bundle) -> BundleReference:
    """What a release needs to know of its bundle."""
    return {"ref": bundle.ref, "hash": bundle.hash, "number": bundle.number, "source": bundle.source}


def _provenance(config: EnvironmentConfig, images: ApplicationImages) -> pulumi.Output[dict[str, str]]:
    origin = source(Path(config.application[0]).parent)
    made = pulumi.Output.all(**images.bases)
    # of no outputs at all Pulumi makes an empty list
    return made.apply(lambda bases: provenance(origin, config.builder, dict(bases)))


def object_hashes(objects: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Content hash by object, known in every preview."""
    return {object_key(one): content_hash(one) for one in objects}


def object_key(obj: Mapping[str, Any]) -> str:
    """`apps/v1/Deployment/namespace/name`; without a namespace `v1/Namespace/name`."""
    meta = obj["metadata"]
    parts = [obj["apiVersion"], obj["kind"], meta.get("namespace", ""), meta["name"]]
    return "/".join(part for part in parts if part)


def content_hash(obj: Mapping[str, Any]) -> str:
    """SHA-256 of the object's canonical JSON."""
    return hashlib.sha256(json.dumps(obj, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _image(build: Build, repository: str, config: EnvironmentConfig, registry: RegistryAddress) -> ImageArgs:
    args = ImageArgs(
        cloud=config.cloud,
        registry=registry.login_server,
        repository=repository,
        context=str(build.context),
        dockerfile=build.dockerfile,
        build_args=dict(build.args),
        platform=build.platform,
        builder=config.builder,
    )
    if config.builder == "acr" and registry.registry_id is not None:
        args["registry_id"] = registry.registry_id
    if build.target:
        args["target"] = build.target
    return args


def _secret_data(
    application: Application, parent: pulumi.Resource
) -> dict[str, dict[str, pulumi.Input[str]]]:
    """Values for the bundle's Secret objects: those of files and variables, and generated ones."""
    data: dict[str, dict[str, pulumi.Input[str]]] = {
        secret: {key: pulumi.Output.secret(value) for key, value in values.items()}
        for secret, values in application.secrets.items()
    }
    for wanted in application.generated_secrets:
        made = GeneratedSecret(
            wanted.resource,
            {"length": wanted.length},
            pulumi.ResourceOptions(parent=parent, protect=wanted.protected),
        )
        data.setdefault(f"{wanted.namespace}/{wanted.name}", {})[wanted.key] = made.value
    return data


def _written(application: Application, environment: str) -> Path:
    """The objects as a file, so that the state keeps a hash in place of them; replaced as a whole."""
    folder = home() / "bundles" / pulumi.get_project() / environment
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, partial = tempfile.mkstemp(dir=folder, prefix=f".{application.name}")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(application.objects, file, sort_keys=True, separators=(",", ":"))
    return Path(partial).replace(folder / f"{application.name}.json")

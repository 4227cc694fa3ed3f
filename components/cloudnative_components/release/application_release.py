"""From an application to resources of our provider: images, one bundle, a release per region, by wave."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from cloudnative_toolchain.folders import home

from ..application import Application, Build, GeneratedSecretRef
from ..cluster.region import Region
from ..config import EnvironmentConfig
from ..registry.image import Image, ImageArgs
from ..registry.upstream_image import UpstreamImage
from .bundle import Bundle
from .generated_secret import GeneratedSecret
from .provenance import provenance, source
from .release import BundleReference, Release, ReleaseArgs
from .release_waves import in_waves
from .source_hash import object_hashes, source_hash, wanted_secrets
from .stored_bundle import StoredBundle, given_values


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
    """Reference and digest of every service's image; what the built ones stand on and are made of."""

    refs: dict[str, pulumi.Input[str]]
    digests: dict[str, pulumi.Input[str]]
    bases: dict[str, pulumi.Input[dict[str, str]]] = field(
        default_factory=dict[str, pulumi.Input[dict[str, str]]]
    )
    built_from: dict[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


@dataclass(frozen=True)
class Rollout:
    """What was rolled out: the bundle and its releases by region."""

    bundle: Bundle | StoredBundle
    releases: dict[str, Release]


def build_images(
    application: Application | StoredBundle,
    config: EnvironmentConfig,
    registry: RegistryAddress,
    *,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> ApplicationImages:
    """One Image per built service, all at once; images of somebody else's by the digest they have now.

    A stored bundle has its images.
    """
    if isinstance(application, StoredBundle):
        return ApplicationImages(refs={**application.images}, digests={**application.digests})
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
        built_from={
            service: image.inputs_hash for service, image in made.items() if isinstance(image, Image)
        },
    )


def roll_out(
    application: Application | StoredBundle,
    config: EnvironmentConfig,
    *,
    images: ApplicationImages,
    registry: pulumi.Input[str],
    targets: Mapping[str, Target],
    parent: pulumi.Resource,
) -> Rollout:
    """One bundle and its release in every region, wave by wave."""
    if isinstance(application, StoredBundle):
        bundle = application
        targets = {region: target for region, target in targets.items() if region in application.objects}
    else:
        bundle = _bundle(application, config, images=images, registry=registry, parent=parent)
    common = _common(application, config, images, bundle, parent)
    left_alone: list[Release] = []  # one after the other, see StoredBundle

    def released(region: str, after: Sequence[pulumi.Resource]) -> Release:
        target, objects = targets[region], _objects_in(application, region)
        args: ReleaseArgs = {**common, "cluster_id": target.cluster_id, "objects": objects}
        args["hold"] = _hold_in(application, region)
        if not _is_left_alone(application, region):
            return Release(f"{application.name}-{region}", args, target.options(parent, after))
        options = target.options(parent, [*after, *left_alone[-1:]])
        left_alone.append(Release(f"{application.name}-{region}", args, options))
        return left_alone[-1]

    clusters = {region: target.cluster_id for region, target in targets.items()}
    return Rollout(bundle, in_waves(application.name, config, clusters, released, parent))


def _common(
    application: Application | StoredBundle,
    config: EnvironmentConfig,
    images: ApplicationImages,
    bundle: Bundle | StoredBundle,
    parent: pulumi.Resource,
) -> ReleaseArgs:
    """What the releases of all regions say alike; `cluster_id` and `objects` are each region's own."""
    args: ReleaseArgs = {
        "cloud": config.cloud,
        "cluster_id": "",
        "application": application.name,
        "objects": {},
        "images": images.refs,
        "bundle": reference(bundle),
        "secret_data": _secret_data(application, config, parent),
        "timeout_seconds": config.release_timeout_seconds,
        "on_failure": config.on_failure,
    }
    if isinstance(application, StoredBundle):
        args["kept_secrets"] = dict(application.secrets)
        args["replicas"] = dict(application.replicas)
    return args


def _is_left_alone(application: Application | StoredBundle, region: str) -> bool:
    return isinstance(application, StoredBundle) and region in application.left_alone


def _hold_in(application: Application | StoredBundle, region: str) -> Mapping[str, Any] | None:
    return application.holds.get(region) if isinstance(application, StoredBundle) else None


def _objects_in(application: Application | StoredBundle, region: str) -> dict[str, str]:
    if isinstance(application, StoredBundle):
        return dict(application.objects[region])
    return object_hashes(application.objects_in(region))


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
            "objects": object_hashes(application.released),
            "objects_file": pulumi.FileAsset(str(_written(application, config.name))),
            "images": images.refs,
            "provenance": _provenance(application, config, images),
            "secrets": wanted_secrets(application),
            "placement": application.placement,
        },
        pulumi.ResourceOptions(parent=parent),
    )


def reference(bundle: Bundle | StoredBundle) -> BundleReference:
    """What a release needs to know of its bundle."""
    return {"ref": bundle.ref, "hash": bundle.hash, "number": bundle.number, "source": bundle.source}


def _provenance(
    application: Application, config: EnvironmentConfig, images: ApplicationImages
) -> pulumi.Output[dict[str, str]]:
    origin = source(Path(config.application[0]).parent)
    made = pulumi.Output.all(pulumi.Output.all(**images.bases), pulumi.Output.all(**images.built_from))

    def found(both: Sequence[Any]) -> dict[str, str]:
        # of no outputs at all Pulumi makes an empty list
        bases, built_from = dict(both[0]), dict(both[1])
        inputs = source_hash(application, built_from)
        return {**provenance(origin, config.builder, bases), "inputs": inputs}

    return made.apply(found)


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
    application: Application | StoredBundle, config: EnvironmentConfig, parent: pulumi.Resource
) -> dict[str, dict[str, pulumi.Input[str]]]:
    """Values for the bundle's Secret objects: those of files and variables, and generated ones.

    A stored bundle brings no values: the generated ones live in the environment, its releases keep the rest.
    """
    stored = isinstance(application, StoredBundle)
    given = given_values(application, config) if stored else application.secrets
    data: dict[str, dict[str, pulumi.Input[str]]] = {
        secret: {key: pulumi.Output.secret(value) for key, value in values.items()}
        for secret, values in given.items()
    }
    wanted = application.generated if stored else application.generated_secrets
    for secret, values in _generated(wanted, parent).items():
        data.setdefault(secret, {}).update(values)
    return data


def _generated(
    wanted: Sequence[GeneratedSecretRef], parent: pulumi.Resource
) -> dict[str, dict[str, pulumi.Input[str]]]:
    data: dict[str, dict[str, pulumi.Input[str]]] = {}
    for one in wanted:
        opts = pulumi.ResourceOptions(parent=parent, protect=one.protected)
        made = GeneratedSecret(one.resource, {"length": one.length}, opts)
        data.setdefault(f"{one.namespace}/{one.name}", {})[one.key] = made.value
    return data


def _written(application: Application, environment: str) -> Path:
    """The objects as a file, so that the state keeps a hash in place of them; replaced as a whole."""
    folder = home() / "bundles" / pulumi.get_project() / environment
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, partial = tempfile.mkstemp(dir=folder, prefix=f".{application.name}")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(application.released, file, sort_keys=True, separators=(",", ":"))
    return Path(partial).replace(folder / f"{application.name}.json")

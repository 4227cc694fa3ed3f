"""An application on clusters of somebody else's stack, without rights over them (3.3.13)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired

import pulumi

from cloudnative_toolchain.errors import ConfigError

from ..application import Application as Source
from ..config import EnvironmentConfig
from .application_release import (
    ApplicationImages,
    RegistryAddress,
    Rollout,
    Target,
    build_images,
    roll_out,
)
from .application_settings import ApplicationSettings, checked
from .stored_bundle import StoredBundle, what_to_release, without_namespaces

TYPE = "cloudnative:index:Application"


class ApplicationArgs(ApplicationSettings):
    """Which application is released, and what it may use of the infrastructure that others own."""

    registry: pulumi.Input[str]
    """Login server of the registry that images and bundles go to."""
    cluster_ids: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """ARM id of the cluster by region."""
    registry_id: NotRequired[pulumi.Input[str]]
    """ARM id of the registry; the builder `acr` needs it."""
    namespace_exists: NotRequired[bool]
    """Whether the application's namespace was made by who owns the clusters: then rights in it are enough.
    When left out the release makes it, which takes rights over the whole cluster."""


def application_args(config: EnvironmentConfig) -> ApplicationArgs:
    """The arguments that a config file stands for that names a registry and clusters of somebody else."""
    if not config.cluster_ids:
        raise ConfigError(
            code="application.no-clusters",
            what=f"environment {config.name} has no clusters that somebody handed out",
            why="an Application is released to clusters that are there: `cluster_ids` names one by region",
            fix=f"${{EDITOR:-vi}} stacks/Pulumi.{config.name}.yaml",
            docs="docs/components.md",
        )
    given = config.model_dump(mode="json", exclude_none=True)
    known = ApplicationArgs.__annotations__
    return ApplicationArgs(**{name: value for name, value in given.items() if name in known})  # type: ignore[typeddict-item] - filtered by the type's own keys


class Application(pulumi.ComponentResource):
    """An application in clusters that are there: its images, one bundle, a release in every region.

    Its stack has no infrastructure, so that many of them deploy to one environment at the same time.
    """

    summary: pulumi.Output[dict[str, Any]]
    """Cloud, registry, release and regions with their endpoints, as an environment has them."""

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        config = _config(args)
        application = _to_release(config, name, namespace_exists=args.get("namespace_exists", False))
        super().__init__(TYPE, name, {}, opts)
        registry = RegistryAddress(args["registry"], args.get("registry_id"))
        images = build_images(application, config, registry, parent=self, after=[])
        clusters = {region: _cluster(args["cluster_ids"], region) for region in config.regions}
        rollout = roll_out(
            application,
            config,
            images=images,
            registry=registry.login_server,
            targets={region: Target(cluster) for region, cluster in clusters.items()},
            parent=self,
        )
        self.summary = _summary(config, args["registry"], images, clusters, rollout)
        self.register_outputs({"summary": self.summary})


def _to_release(config: EnvironmentConfig, name: str, *, namespace_exists: bool) -> Source | StoredBundle:
    """The application of the files, or the stored bundle that the command deploys in its place."""
    found = what_to_release(config, f"{TYPE}::{name}")
    if not namespace_exists:
        return found
    return (
        without_namespaces(found)
        if isinstance(found, StoredBundle)
        else replace(found, namespace_exists=True)
    )


def _config(args: ApplicationArgs) -> EnvironmentConfig:
    """The environment that the application is released to is called as the stack, in Azure's spelling."""
    name = re.sub(r"[^a-z0-9]+", "-", pulumi.get_stack().lower()).lstrip("-0123456789")[:20].rstrip("-")
    settings = {key: value for key, value in args.items() if key in ApplicationSettings.__annotations__}
    return checked({**settings, "name": name or "stack"}, "Application")


def _cluster(ids: pulumi.Input[Mapping[str, pulumi.Input[str]]], region: str) -> pulumi.Output[str]:
    if isinstance(ids, Mapping):
        _check(ids, region)
    known: pulumi.Output[Any] = pulumi.Output.from_input(ids)
    return known.apply(lambda found: _check(found, region))


def _check(ids: Mapping[str, Any], region: str) -> Any:
    if region in ids:
        return ids[region]
    raise ConfigError(
        code="application.no-cluster",
        what=f"Application: argument 'cluster_ids' has no cluster in {region}",
        why=f"the regions of the release are those of `regions`; there are clusters in {', '.join(ids)}",
        fix="az aks list --query '[].{region: location, id: id}'",
    )


def _summary(
    config: EnvironmentConfig,
    registry: pulumi.Input[str],
    images: ApplicationImages,
    clusters: dict[str, pulumi.Output[str]],
    rollout: Rollout,
) -> pulumi.Output[dict[str, Any]]:
    return pulumi.Output.from_input(
        {
            "cloud": config.cloud,
            "registry": registry,
            "release": {"number": rollout.bundle.number, "images": images.digests},
            "regions": [
                {
                    "name": region,
                    "cluster": cluster.apply(lambda known: known.rsplit("/", 1)[-1]),
                    "clusterId": cluster,
                    "endpoints": rollout.releases[region].endpoints,
                }
                for region, cluster in clusters.items()
                if region in rollout.releases
            ],
        }
    )

"""A whole environment: registry, images, regions and the release of an application to them."""

from dataclasses import replace
from typing import Any, NotRequired

import pulumi

from cloudnative_toolchain.errors import ConfigError

from .azure.azure_account import AzureAccount, connect
from .azure.dated_aliases import undated
from .azure.naming import EnvironmentNames, environment_names
from .azure.roles import ACR_PUSH, grant
from .cluster.region import Region, RegionArgs
from .config import EnvironmentConfig
from .hardening import HardeningSettings, hardened_region, hardened_registry
from .registry.container_registry import ContainerRegistry
from .release.application_release import (
    ApplicationImages,
    RegistryAddress,
    Rollout,
    Target,
    build_images,
    roll_out,
)
from .release.application_settings import ApplicationSettings, checked
from .release.stored_bundle import what_to_release

TYPE = "cloudnative:index:Environment"


class EnvironmentArgs(ApplicationSettings, HardeningSettings):
    """The settings of `stacks/Pulumi.<env>.yaml`, by the same names."""

    name: str
    """Name of the environment, part of every Azure name."""
    kubernetes_version: NotRequired[str]
    """Minor or exact; AKS's default when left out."""
    node_count: NotRequired[int]
    """Nodes per cluster; 1 when left out."""
    vm_size: NotRequired[str]
    """Size of a node."""
    cluster_tier: NotRequired[str]
    """`Free`, `Standard` or `Premium`."""
    registry_sku: NotRequired[str]
    """`Basic`, `Standard` or `Premium`; Premium where there are several regions."""
    registry_region: NotRequired[str]
    """Home of the registry, fixed for good; the first region when left out."""
    registry_name: NotRequired[str]
    """Own name of the registry."""
    cluster_name: NotRequired[str]
    """Own name of the clusters, before the region's code."""
    resource_group_name: NotRequired[str]
    """Own name of the registry's group; regions append their code."""
    tags: NotRequired[dict[str, str]]
    """Tags of every Azure resource."""
    deployer: NotRequired[str]
    """Principal id of the identity that deploys; whoever is signed in when left out."""


def environment_args(config: EnvironmentConfig) -> EnvironmentArgs:
    """The arguments that a config file stands for; ConfigError where it is that of an `Application`."""
    if config.cluster_ids:
        raise _of_an_application(config.name)
    given = config.model_dump(mode="json", exclude_none=True)
    known = EnvironmentArgs.__annotations__
    return EnvironmentArgs(**{name: value for name, value in given.items() if name in known})  # type: ignore[typeddict-item] - filtered by the type's own keys


def _of_an_application(name: str) -> ConfigError:
    change = "s/Environment(stack, environment_args(/Application(stack, application_args(/"
    return ConfigError(
        code="environment.handed-out",
        what=f"environment {name} has clusters that somebody handed out, and its program makes its own",
        why="with `cluster_ids` the program is one with an `Application` in place of an `Environment`",
        fix=f"sed -i '{change}; s/Environment, environment_args/Application, application_args/' "
        "stacks/__main__.py",
        docs="docs/components.md",
    )


class Environment(pulumi.ComponentResource):
    """One environment of an application on Azure or on the emulator."""

    summary: pulumi.Output[dict[str, Any]]
    """What `cloudnative up` prints: cloud, registry, release and regions with their endpoints."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        config = checked(args, "Environment")
        application = what_to_release(config, f"{TYPE}::{name}")
        super().__init__(TYPE, name, {}, undated(opts))
        account = _deploying(connect(f"{name}-azure", config.cloud, self), config)
        names, tags = _names(config, account), _tags(config)
        azure = pulumi.ResourceOptions(parent=self, providers={"azure-native": account.provider})
        registry = _registry(name, config, names, tags, azure)
        push = grant(
            f"{name}-push",
            role=ACR_PUSH,
            scope=registry.registry_id,
            principal=account.principal,
            principal_type=account.principal_type,
            subscription=account.subscription,
            opts=pulumi.ResourceOptions(parent=self, provider=account.provider),
        )
        address = RegistryAddress(registry.login_server, registry.registry_id)
        images = build_images(application, config, address, parent=self, after=[push])
        regions = {
            region: Region(f"{name}-{region}", _region(region, config, names, account, registry), azure)
            for region in config.regions
        }
        targets = {region: Target(made.cluster_id, made) for region, made in regions.items()}
        rollout = roll_out(
            application, config, images=images, registry=registry.login_server, targets=targets, parent=self
        )
        self.summary = _summary(config, names, registry, images=images, regions=regions, rollout=rollout)
        self.register_outputs({"summary": self.summary})


def _deploying(account: AzureAccount, config: EnvironmentConfig) -> AzureAccount:
    """The account of who deploys, also where somebody else looks at what a deployment would change."""
    if not config.deployer:
        return account
    return replace(account, principal=config.deployer, principal_type="ServicePrincipal")


def _names(config: EnvironmentConfig, account: AzureAccount) -> EnvironmentNames:
    return environment_names(
        project=pulumi.get_project(),
        environment=config.name,
        subscription=account.subscription,
        regions=config.regions,
        registry=config.registry_name,
        resource_group=config.resource_group_name,
        cluster=config.cluster_name,
    )


def _tags(config: EnvironmentConfig) -> dict[str, str]:
    ours = {"managed-by": "cloudnative", "project": pulumi.get_project(), "environment": config.name}
    return {**config.tags, **ours}


def _registry(
    name: str,
    config: EnvironmentConfig,
    names: EnvironmentNames,
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> ContainerRegistry:
    home = config.registry_home
    return ContainerRegistry(
        f"{name}-registry",
        {
            "resource_group_name": names.group,
            "registry_name": names.registry,
            "location": home,
            "replica_locations": [region for region in config.regions if region != home],
            "tags": tags,
            **hardened_registry(config),
        },
        opts,
    )


def _region(
    region: str,
    config: EnvironmentConfig,
    names: EnvironmentNames,
    account: AzureAccount,
    registry: ContainerRegistry,
) -> RegionArgs:
    own = names.regions[region]
    args = RegionArgs(
        location=region,
        resource_group_name=own.group,
        cluster_name=own.cluster,
        dns_prefix=own.dns_prefix,
        node_resource_group=own.node_group,
        cluster_identity_name=own.cluster_identity,
        kubelet_identity_name=own.kubelet_identity,
        registry_id=registry.registry_id,
        subscription_id=account.subscription,
        tenant_id=account.tenant,
        deployer_principal_id=account.principal,
        deployer_principal_type=account.principal_type,
        tags=_tags(config),
    )
    if config.registry_access != "public":
        args["private_registry_id"] = registry.replicated_id
    args.update(hardened_region(config, region))  # type: ignore[typeddict-item] - by the names of RegionArgs
    if config.kubernetes_version:
        args["kubernetes_version"] = config.kubernetes_version
    return args


def _summary(
    config: EnvironmentConfig,
    names: EnvironmentNames,
    registry: ContainerRegistry,
    *,
    images: ApplicationImages,
    regions: dict[str, Region],
    rollout: Rollout,
) -> pulumi.Output[dict[str, Any]]:
    return pulumi.Output.from_input(
        {
            "cloud": config.cloud,
            "registry": registry.login_server,
            "release": {"number": rollout.bundle.number, "images": images.digests},
            "regions": [
                {
                    "name": region,
                    "cluster": names.regions[region].cluster,
                    "clusterId": made.cluster_id,
                    "endpoints": rollout.releases[region].endpoints,
                }
                for region, made in regions.items()
                if region in rollout.releases
            ],
        }
    )

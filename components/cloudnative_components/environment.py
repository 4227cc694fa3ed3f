"""A whole environment: registry, images, regions and the release of an application to them."""

from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pulumi

from .application import Application, load
from .application_release import ApplicationImages, Rollout, build_images, roll_out
from .azure_account import AzureAccount, connect
from .config import EnvironmentConfig
from .container_registry import ContainerRegistry
from .naming import EnvironmentNames, environment_names
from .region import Region
from .roles import ACR_PUSH, grant


class EnvironmentArgs(TypedDict):
    """The settings of `stacks/Pulumi.<env>.yaml`, by the same names."""

    name: str
    """Name of the environment, part of every Azure name."""
    cloud: str
    """`azure` or `emulator`."""
    regions: list[str]
    """Azure regions in the order of release; the first also holds the registry."""
    application: list[str]
    """Compose file or files, or a folder of manifests."""
    builds: NotRequired[dict[str, str]]
    """For a folder of manifests: image name to build context."""
    compose_profiles: NotRequired[list[str]]
    """Compose profiles to switch on."""
    replicas: NotRequired[dict[str, int]]
    """Pods by service."""
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
    builder: NotRequired[str]
    """Who builds images."""
    platform: NotRequired[str]
    """Platform of the nodes."""
    release_timeout_seconds: NotRequired[int]
    """How long a release may take in one region."""
    registry_name: NotRequired[str]
    """Own name of the registry."""
    cluster_name: NotRequired[str]
    """Own name of the clusters, before the region's code."""
    resource_group_name: NotRequired[str]
    """Own name of the registry's group; regions append their code."""
    tags: NotRequired[dict[str, str]]
    """Tags of every Azure resource."""


def environment_args(config: EnvironmentConfig) -> EnvironmentArgs:
    """The arguments that a config file stands for."""
    given = config.model_dump(mode="json", exclude_none=True)
    return EnvironmentArgs(**{name: given[name] for name in EnvironmentArgs.__annotations__ if name in given})


class Environment(pulumi.ComponentResource):
    """One environment of an application on Azure or on the emulator."""

    summary: pulumi.Output[dict[str, Any]]
    """What `cloudnative up` prints: cloud, registry, release and regions with their endpoints."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        application = load_application(args)
        super().__init__("cloudnative:index:Environment", name, {}, opts)
        account = connect(f"{name}-azure", args["cloud"], self)
        names = _names(args, account)
        azure = pulumi.ResourceOptions(parent=self, providers={"azure-native": account.provider})
        tags = _tags(args)
        registry = self._registry(name, args, names, tags, azure)
        push = grant(
            f"{name}-push",
            role=ACR_PUSH,
            scope=registry.registry_id,
            principal=account.principal,
            subscription=account.subscription,
            principal_type=account.principal_type,
            opts=pulumi.ResourceOptions(parent=self, provider=account.provider),
        )
        images = build_images(
            application, settings=args, registry=registry.login_server, parent=self, after=[push]
        )
        regions = {
            region: Region(
                f"{name}-{region}",
                _region_args(region, args=args, names=names, account=account, registry=registry, tags=tags),
                azure,
            )
            for region in args["regions"]
        }
        rollout = roll_out(
            name,
            application,
            settings=args,
            images=images,
            registry=registry.login_server,
            regions=regions,
            parent=self,
        )
        self.summary = _summary(
            args=args, names=names, registry=registry, images=images, regions=regions, rollout=rollout
        )
        self.register_outputs({"summary": self.summary})

    def _registry(
        self,
        name: str,
        args: EnvironmentArgs,
        names: EnvironmentNames,
        tags: dict[str, str],
        opts: pulumi.ResourceOptions,
    ) -> ContainerRegistry:
        home, *others = args["regions"]
        return ContainerRegistry(
            f"{name}-registry",
            {
                "resource_group_name": names.group,
                "registry_name": names.registry,
                "location": home,
                "sku": args.get("registry_sku", "Premium" if others else "Basic"),
                "replica_locations": others,
                "tags": tags,
            },
            opts,
        )


def load_application(args: EnvironmentArgs) -> Application:
    """The application that the arguments name, read before anything is registered."""
    return load(
        [Path(path) for path in args["application"]],
        environment=args["name"],
        profiles=tuple(args.get("compose_profiles", [])),
        replicas={service: int(count) for service, count in args.get("replicas", {}).items()},
        builds={image: Path(context) for image, context in args.get("builds", {}).items()},
    )


def _names(args: EnvironmentArgs, account: AzureAccount) -> EnvironmentNames:
    return environment_names(
        project=pulumi.get_project(),
        environment=args["name"],
        subscription=account.subscription,
        regions=args["regions"],
        registry=args.get("registry_name"),
        resource_group=args.get("resource_group_name"),
        cluster=args.get("cluster_name"),
    )


def _tags(args: EnvironmentArgs) -> dict[str, str]:
    ours = {"managed-by": "cloudnative", "project": pulumi.get_project(), "environment": args["name"]}
    return {**args.get("tags", {}), **ours}


def _region_args(
    region: str,
    *,
    args: EnvironmentArgs,
    names: EnvironmentNames,
    account: AzureAccount,
    registry: ContainerRegistry,
    tags: dict[str, str],
) -> Any:
    own = names.regions[region]
    settings = {"kubernetes_version": "kubernetes_version", "node_count": "node_count", "vm_size": "vm_size"}
    given = {field: args[key] for field, key in {**settings, "tier": "cluster_tier"}.items() if key in args}
    return {
        "location": region,
        "resource_group_name": own.group,
        "cluster_name": own.cluster,
        "dns_prefix": own.dns_prefix,
        "node_resource_group": own.node_group,
        "cluster_identity_name": own.cluster_identity,
        "kubelet_identity_name": own.kubelet_identity,
        "registry_id": registry.registry_id,
        "subscription_id": account.subscription,
        "tenant_id": account.tenant,
        "deployer_principal_id": account.principal,
        "deployer_principal_type": account.principal_type,
        "tags": tags,
        **given,
    }


def _summary(
    *,
    args: EnvironmentArgs,
    names: EnvironmentNames,
    registry: ContainerRegistry,
    images: ApplicationImages,
    regions: dict[str, Region],
    rollout: Rollout,
) -> pulumi.Output[dict[str, Any]]:
    return pulumi.Output.from_input(
        {
            "cloud": args["cloud"],
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
            ],
        }
    )

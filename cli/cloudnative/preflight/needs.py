"""What a run is about to make, from config and state: what is there already is not asked about."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative import report

if TYPE_CHECKING:
    from cloudnative_components.azure.naming import EnvironmentNames
    from cloudnative_components.config import EnvironmentConfig

AKS, ACR = "Microsoft.ContainerService", "Microsoft.ContainerRegistry"
IDENTITY, AUTHORIZATION = "Microsoft.ManagedIdentity", "Microsoft.Authorization"
# AKS itself makes nodes, disks, load balancers and addresses with these.
BENEATH_A_CLUSTER = ("Microsoft.Compute", "Microsoft.Network", "Microsoft.Storage")
SURGE, SURGE_CHOSEN = 0.1, 0.33  # nodes more while a pool is upgraded, rounded up: AKS's own share, and ours
ENCRYPTION = "Microsoft.Compute/EncryptionAtHost"
POOL = "azure-native:containerservice:AgentPool"


@dataclass(frozen=True)
class ClusterNeed:
    """Nodes that are to be made in one region; `nodes` come on top of those that run there."""

    region: str
    size: str
    nodes: int = 0
    surge: int = 0
    version: str = ""
    tier: str = "Free"
    zones: tuple[str, ...] = ()
    ephemeral_disk: bool = False
    host_encryption: bool = False


@dataclass(frozen=True)
class Right:
    """Actions that the run needs at a scope; `groups` would do as scopes where they are there already."""

    scope: str
    actions: tuple[str, ...]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What a run asks of Azure."""

    subscription: str | None  # None where it is somebody else's: only what is used of it is asked about
    rights: tuple[Right, ...]
    providers: tuple[str, ...] = ()
    clusters: tuple[ClusterNeed, ...] = ()
    registry: str = ""  # name of the registry that is to be made, empty where it is there
    registry_id: str = ""
    features: tuple[str, ...] = ()  # of the subscription, `PROVIDER/NAME`
    ranges: tuple[str, ...] = ()  # networks that API servers may be reached from; () is all of them
    closed: tuple[str, ...] = ()  # ids of clusters that are there and that not everybody may reach


MAKES = (
    "Microsoft.Resources/subscriptions/resourceGroups/write",
    f"{AKS}/managedClusters/write",
    f"{AKS}/managedClusters/listClusterUserCredential/action",
    f"{ACR}/registries/write",
    f"{IDENTITY}/userAssignedIdentities/write",
    f"{IDENTITY}/userAssignedIdentities/assign/action",
    f"{AUTHORIZATION}/roleAssignments/write",
)


def needs_of_up(
    config: EnvironmentConfig,
    names: EnvironmentNames,
    subscription: str,
    deployment: Mapping[str, Any] | None,
) -> Needs:
    """What `up` makes that the state does not have."""
    have = dict(deployment) if deployment else None
    clusters = tuple(need for region in config.regions if (need := _cluster(region, config, have)))
    has_registry = bool(report.of_type(have, report.REGISTRY))
    scope = f"/subscriptions/{subscription}"
    groups = (names.group, *(region.group for region in names.regions.values()))
    right = Right(scope, MAKES, tuple(f"{scope}/resourceGroups/{group}" for group in groups))
    return Needs(
        subscription=subscription,
        rights=(right,),
        providers=_providers(config, new_clusters=bool(clusters), new_registry=not has_registry),
        features=(ENCRYPTION,) if config.host_encryption and clusters else (),
        clusters=clusters,
        registry="" if has_registry else names.registry,
        registry_id=f"{scope}/resourceGroups/{names.group}/providers/{ACR}/registries/{names.registry}",
        ranges=tuple(config.authorized_ip_ranges),
        closed=_closed(have),
    )


REACH = f"{AKS}/managedClusters/listClusterUserCredential/action"
PUSH, PULL = f"{ACR}/registries/push/write", f"{ACR}/registries/pull/read"


def needs_of_release(
    subscription: str,
    config: EnvironmentConfig,
    deployment: Mapping[str, Any] | None,
    *,
    regions: Sequence[str] = (),
    pushes: bool = True,
) -> Needs:
    """What a release needs of infrastructure that is there: its registry, and to reach its clusters.

    Clusters of somebody else may be closed or not, which no state says: all of them are tried.
    """
    have = dict(deployment) if deployment else None
    clusters = {one["name"]: str(one["id"]) for one in report.regions(have)} | config.cluster_ids
    chosen = {cluster for region, cluster in clusters.items() if not regions or region in regions}
    registries = [config.registry_id] if config.cluster_ids else _ids(have, report.REGISTRY)
    own = set(_ids(have, report.CLUSTER))
    return Needs(
        subscription=None if config.cluster_ids else subscription,
        rights=(
            *(Right(cluster, (REACH,)) for cluster in sorted(chosen)),
            *(Right(registry, (PUSH if pushes else PULL,)) for registry in registries if registry),
        ),
        closed=tuple(sorted(chosen & set(_closed(have)) | chosen - own)),
    )


def _ids(have: dict[str, Any] | None, kind: str) -> list[str]:
    return [str(found["id"]) for found in report.of_type(have, kind)]


def _closed(have: dict[str, Any] | None) -> tuple[str, ...]:
    """Clusters of the state whose API servers are private or open to some networks only."""
    return tuple(
        str(cluster["id"]) for cluster in report.of_type(have, report.CLUSTER) if _limits_access(cluster)
    )


def _limits_access(cluster: Mapping[str, Any]) -> bool:
    profile: Mapping[str, Any] = cluster["inputs"].get("apiServerAccessProfile") or {}
    return bool(profile.get("authorizedIPRanges") or profile.get("enablePrivateCluster"))


def _providers(config: EnvironmentConfig, *, new_clusters: bool, new_registry: bool) -> tuple[str, ...]:
    registry = (ACR,) if new_registry else ()
    if not new_clusters:
        return registry
    chosen = [name for name, wanted in _chosen(config).items() if wanted]
    return (AKS, IDENTITY, *BENEATH_A_CLUSTER, *chosen, *registry)


def _chosen(config: EnvironmentConfig) -> dict[str, bool]:
    """Providers that only some settings need."""
    return {
        "Microsoft.OperationalInsights": config.log_analytics,
        "Microsoft.Insights": config.log_analytics or config.managed_prometheus,
        "Microsoft.Monitor": config.managed_prometheus,
        "Microsoft.AlertsManagement": config.managed_prometheus,
        "Microsoft.PolicyInsights": config.azure_policy,
        "Microsoft.Security": config.defender,
    }


def _cluster(region: str, config: EnvironmentConfig, have: dict[str, Any] | None) -> ClusterNeed | None:
    """The nodes and the version that a region lacks; None where it has what the config says."""
    made = next((c for c in report.of_type(have, report.CLUSTER) if _location(c) == region), None)
    version = config.kubernetes_version or ""
    pools = _pools(config)
    if made is None:
        return _all_of_it(region, config, pools)
    lacking = max(0, sum(pools) - _running(config.vm_size, made, have))
    known = version == str(made["inputs"].get("kubernetesVersion") or "")
    if known and not lacking:
        return None
    asked = "" if known else version
    return ClusterNeed(region, config.vm_size, lacking, _surge(config, pools), asked, config.cluster_tier)


def _all_of_it(region: str, config: EnvironmentConfig, pools: list[int]) -> ClusterNeed:
    from cloudnative_components.azure.regions import azure_region

    return ClusterNeed(
        region=region,
        size=config.vm_size,
        nodes=sum(pools),
        surge=_surge(config, pools),
        version=config.kubernetes_version or "",
        tier=config.cluster_tier,
        zones=("1", "2", "3") if config.zones and azure_region(region).zones else (),
        ephemeral_disk=config.ephemeral_os_disk,
        host_encryption=config.host_encryption,
    )


def _pools(config: EnvironmentConfig) -> list[int]:
    """Nodes of each pool (AKS-16)."""
    return [config.node_count, *([config.system_node_count] if config.dedicated_system_pool else [])]


def _surge(config: EnvironmentConfig, pools: list[int]) -> int:
    """Nodes more while pools are upgraded, which may happen to all of them at once (AKS-26)."""
    share = SURGE_CHOSEN if config.surge_upgrades else SURGE
    return sum(math.ceil(count * share) for count in pools)


def _running(size: str, cluster: Mapping[str, Any], have: dict[str, Any] | None) -> int:
    """Nodes of that size that the state says a cluster has."""
    name = cluster["inputs"].get("resourceName")
    beside = [p["inputs"] for p in report.of_type(have, POOL) if p["inputs"].get("resourceName") == name]
    pools: list[Mapping[str, Any]] = [*(cluster["inputs"].get("agentPoolProfiles") or ()), *beside]
    return sum(int(pool.get("count", 0)) for pool in pools if pool.get("vmSize") == size)


def _location(cluster: Mapping[str, Any]) -> str:
    return str(cluster["inputs"].get("location", "")).replace(" ", "").lower()

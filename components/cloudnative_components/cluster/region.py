"""One region of an environment: a stamp that shares no lifetime with the others (REG-01)."""

from typing import Any, NotRequired, cast

import pulumi
from pulumi_azure_native import resources

from cloudnative_toolchain.errors import ConfigError

from ..azure.dated_aliases import undated
from ..monitoring.cluster_monitoring import send_logs, send_metrics
from ..monitoring.region_monitoring import Logs, Metrics, Place, make_logs, make_metrics
from .aks_cluster import AksCluster, AksClusterArgs
from .cluster_settings import ClusterSettings
from .region_endpoint import make_registry_endpoint
from .region_network import Network, make_network

NETWORK_CIDR = "10.224.0.0/16"
_OWN_SETTINGS = (
    "own_network",
    "network_cidr",
    "private_registry_id",
    "log_analytics",
    "log_retention_days",
)


class RegionArgs(ClusterSettings):
    """A region's group, network, monitoring, and its cluster's settings."""

    resource_group_name: str
    """Name of the group that is made for it."""
    own_network: NotRequired[bool]
    """A virtual network of its own with a NAT gateway (AKS-13, AKS-15); AKS's managed one when left out."""
    network_cidr: NotRequired[str]
    """Addresses of that network, fixed for good; 10.224.0.0/16 when left out."""
    private_registry_id: NotRequired[pulumi.Input[str]]
    """ARM id of a Premium registry that gets a private endpoint in it; none when left out (ACR-04)."""
    log_analytics: NotRequired[bool]
    """Logs of containers and control plane in a workspace of its own (AKS-32, AKS-34)."""
    log_retention_days: NotRequired[int]
    """Days that they are kept; 30 when left out."""


class Region(pulumi.ComponentResource):
    """Resource group, network, monitoring and cluster of one region."""

    cluster_id: pulumi.Output[str]
    """ARM id of the cluster."""
    cluster_name: pulumi.Output[str]
    """Name of the cluster."""

    def __init__(self, name: str, args: RegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cloudnative:index:Region", name, {}, undated(opts))
        tags, protect = args.get("tags", {}), args.get("protect") or None
        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        place = Place(name, args["cluster_name"], args["location"], group.name, tags, self)
        logs = (
            make_logs(place, int(args.get("log_retention_days", 30))) if args.get("log_analytics") else None
        )
        metrics = make_metrics(place) if args.get("managed_prometheus") else None
        cluster: dict[str, Any] = {key: value for key, value in args.items() if key not in _OWN_SETTINGS}
        cluster["resource_group_name"] = group.name
        if own := self._network(place, args):
            cluster["vnet_subnet_id"] = own.nodes
        if logs:
            cluster["log_workspace_id"] = logs.workspace.id
        self.aks = AksCluster(name, cast("AksClusterArgs", cluster), pulumi.ResourceOptions(parent=self))
        self._observe(place, logs, metrics)
        self.cluster_id, self.cluster_name = self.aks.cluster_id, self.aks.cluster_name
        self.register_outputs({"cluster_id": self.cluster_id, "cluster_name": self.cluster_name})

    def _network(self, place: Place, args: RegionArgs) -> Network | None:
        registry = args.get("private_registry_id")
        if not args.get("own_network"):
            if registry is not None:
                raise _nowhere_to_be(place.name)
            return None
        own = make_network(
            place.name,
            place.cluster_name,
            location=place.location,
            group=place.group,
            cidr=args.get("network_cidr", NETWORK_CIDR),
            tags=args.get("tags", {}),
            opts=pulumi.ResourceOptions(parent=self, protect=args.get("protect") or None),
        )
        if registry is not None:
            make_registry_endpoint(place, registry, own)
        return own

    def _observe(self, place: Place, logs: Logs | None, metrics: Metrics | None) -> None:
        if logs:
            send_logs(place, self.aks.cluster, logs)
        if metrics:
            send_metrics(place, self.aks.cluster, metrics)
            self.aks.let_deployer_read(f"{place.name}-metrics-reader", metrics.workspace.id)


def _nowhere_to_be(name: str) -> ConfigError:
    return ConfigError(
        code="region.endpoint",
        what=f"no network for the registry's private endpoint of {name}",
        why="`private_registry_id` needs `own_network`: AKS's managed one is not ours to put something into",
        fix="pulumi config set cloudnative:own_network true",
    )

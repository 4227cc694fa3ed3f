"""One region of an environment: a stamp that shares no lifetime with the others (REG-01)."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_azure_native import resources

from .aks_cluster import AksCluster


class RegionArgs(TypedDict):
    """A region's names and its cluster's settings; the fields are those of `AksCluster`."""

    location: str
    """Azure region."""
    resource_group_name: str
    """Name of the group that is made for it."""
    cluster_name: str
    """Name of the cluster."""
    dns_prefix: str
    """First part of the API server's host name."""
    node_resource_group: str
    """Group that AKS makes for the nodes."""
    cluster_identity_name: str
    """Name of the control plane's identity."""
    kubelet_identity_name: str
    """Name of the nodes' identity."""
    registry_id: pulumi.Input[str]
    """ARM id of the registry that the nodes pull from."""
    subscription_id: str
    """Subscription that all of it is in."""
    tenant_id: str
    """Entra tenant whose users sign in."""
    deployer_principal_id: str
    """Who gets the cluster admin role."""
    deployer_principal_type: NotRequired[str]
    """`ServicePrincipal` or `User`; ServicePrincipal when left out."""
    kubernetes_version: NotRequired[str]
    """Minor or exact; AKS's default when left out."""
    node_count: NotRequired[int]
    """Nodes; 1 when left out."""
    vm_size: NotRequired[str]
    """Size of a node."""
    tier: NotRequired[str]
    """`Free`, `Standard` or `Premium`."""
    authorized_ip_ranges: NotRequired[list[str]]
    """Who reaches the API server; everybody who signs in when left out."""
    tags: NotRequired[dict[str, str]]
    """Tags of everything in it."""


class Region(pulumi.ComponentResource):
    """Resource group and cluster of one region."""

    cluster_id: pulumi.Output[str]
    """ARM id of the cluster."""
    cluster_name: pulumi.Output[str]
    """Name of the cluster."""

    def __init__(self, name: str, args: RegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cloudnative:index:Region", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            tags=args.get("tags", {}),
            opts=own,
        )
        self.aks = AksCluster(name, {**args, "resource_group_name": group.name}, own)
        self.cluster_id, self.cluster_name = self.aks.cluster_id, self.aks.cluster_name
        self.register_outputs({"cluster_id": self.cluster_id, "cluster_name": self.cluster_name})

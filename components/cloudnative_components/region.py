"""One region of an environment: a stamp that shares no lifetime with the others (REG-01)."""

import pulumi
from pulumi_azure_native import resources

from .aks_cluster import AksCluster, ClusterSettings


class RegionArgs(ClusterSettings):
    """A region's group and its cluster's settings."""

    resource_group_name: str
    """Name of the group that is made for it."""


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

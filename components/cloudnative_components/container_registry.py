"""A container registry in a resource group of its own, which outlives the clusters (ACR-14)."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_azure_native import containerregistry, resources

from .wire import with_options


class ContainerRegistryArgs(TypedDict):
    """Where the registry is and how big."""

    resource_group_name: str
    """Name of the group that is made for it."""
    registry_name: str
    """Name of the registry: 5-50 lower-case letters and digits, world-wide unique."""
    location: str
    """Home region; it cannot be changed later."""
    sku: NotRequired[str]
    """`Basic`, `Standard` or `Premium`; Basic when left out."""
    replica_locations: NotRequired[list[str]]
    """Further regions with a copy; needs Premium."""
    tags: NotRequired[dict[str, str]]
    """Tags of everything in it."""


class ContainerRegistry(pulumi.ComponentResource):
    """A registry that only identities can use: no admin user, no anonymous pull."""

    login_server: pulumi.Output[str]
    """Host name that images are pushed to."""
    registry_id: pulumi.Output[str]
    """ARM id, the scope of pull and push roles."""

    def __init__(
        self, name: str, args: ContainerRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("cloudnative:index:ContainerRegistry", name, {}, opts)
        own, tags = pulumi.ResourceOptions(parent=self), args.get("tags", {})
        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            tags=tags,
            opts=own,
        )
        self.registry = containerregistry.Registry(
            name,
            resource_group_name=group.name,
            registry_name=args["registry_name"],
            location=args["location"],
            sku={"name": args.get("sku", "Basic")},
            admin_user_enabled=False,  # ACR-02
            anonymous_pull_enabled=False,  # ACR-03
            tags=tags,
            opts=own,
        )
        for location in args.get("replica_locations", []):
            self._replicate(name, location, group.name, tags)
        self.login_server = self.registry.login_server
        self.registry_id = self.registry.id
        self.register_outputs({"login_server": self.login_server, "registry_id": self.registry_id})

    def _replicate(self, name: str, location: str, group: pulumi.Output[str], tags: dict[str, str]) -> None:
        containerregistry.Replication(
            f"{name}-{location}",
            resource_group_name=group,
            registry_name=self.registry.name,
            replication_name=location,  # ACR-09
            location=location,
            region_endpoint_enabled=True,
            tags=tags,
            opts=with_options(pulumi.ResourceOptions(parent=self), deleted_with=self.registry),
        )

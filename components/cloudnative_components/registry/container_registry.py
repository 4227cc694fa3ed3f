"""A container registry in a resource group of its own, which outlives the clusters (ACR-14)."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_azure_native import containerregistry, resources

from ..azure.dated_aliases import undated
from ..monitoring.cluster_monitoring import REGISTRY_LOGS, diagnostics
from ..monitoring.region_monitoring import log_workspace
from ..wire import with_options


class RegistrySettings(TypedDict):
    """How big and how hard a registry is."""

    sku: NotRequired[str]
    """`Basic`, `Standard` or `Premium`; Basic when left out."""
    arm_registry_tokens: NotRequired[bool]
    """Whether tokens made for all of ARM are taken too; they are when left out (ACR-06)."""
    access: NotRequired[str]
    """`public`, `endpoints` (made by regions) or `private` (these alone); public when left out (ACR-04)."""
    log_analytics: NotRequired[bool]
    """Who pulled and pushed, in a workspace of its own (ACR-12)."""
    log_retention_days: NotRequired[int]
    """Days that it is kept; 30 when left out."""
    protect: NotRequired[bool]
    """Registry and group are not deleted until protection is taken off (GOT-01)."""


class ContainerRegistryArgs(RegistrySettings):
    """Where the registry is, how big and how hard."""

    resource_group_name: str
    """Name of the group that is made for it."""
    registry_name: str
    """Name of the registry: 5-50 lower-case letters and digits, world-wide unique."""
    location: str
    """Home region; it cannot be changed later."""
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
        super().__init__("cloudnative:index:ContainerRegistry", name, {}, undated(opts))
        tags = args.get("tags", {})
        kept = pulumi.ResourceOptions(parent=self, protect=args.get("protect") or None)
        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            tags=tags,
            opts=kept,
        )
        self.registry = containerregistry.Registry(
            name,
            resource_group_name=group.name,
            registry_name=args["registry_name"],
            location=args["location"],
            **_hardening(args),
            tags=tags,
            opts=kept,
        )
        replicas = [
            self._replicate(name, location, group.name, tags)
            for location in args.get("replica_locations", [])
        ]
        if args.get("log_analytics"):
            self._log(name, args, group.name)
        self.login_server = self.registry.login_server
        self.registry_id = self.registry.id
        # A registry takes one write at a time, and endpoints give every replica that is there an address.
        self.replicated_id = pulumi.Output.all(self.registry.id, *(each.id for each in replicas)).apply(
            lambda ids: str(ids[0])
        )
        self.register_outputs({"login_server": self.login_server, "registry_id": self.registry_id})

    def _replicate(
        self, name: str, location: str, group: pulumi.Output[str], tags: dict[str, str]
    ) -> containerregistry.Replication:
        return containerregistry.Replication(
            f"{name}-{location}",
            resource_group_name=group,
            registry_name=self.registry.name,
            replication_name=location,  # ACR-09
            location=location,
            region_endpoint_enabled=True,
            tags=tags,
            opts=with_options(pulumi.ResourceOptions(parent=self), deleted_with=self.registry),
        )

    def _log(self, name: str, args: ContainerRegistryArgs, group: pulumi.Output[str]) -> None:
        own = pulumi.ResourceOptions(parent=self)
        workspace = log_workspace(
            f"{name}-logs",
            f"log-{args['registry_name']}",
            int(args.get("log_retention_days", 30)),
            resource_group_name=group,
            location=args["location"],
            tags=args.get("tags", {}),
            opts=own,
        )
        diagnostics(f"{name}-diagnostics", self.registry.id, workspace.id, REGISTRY_LOGS, own)


def _hardening(args: ContainerRegistryArgs) -> dict[str, Any]:
    """The controls; each SKU is sent only what it knows (GOT-15)."""
    access = args.get("access", "public")
    found: dict[str, Any] = {
        "sku": {"name": args.get("sku", "Basic")},  # ACR-01
        "admin_user_enabled": False,  # ACR-02
        "anonymous_pull_enabled": False,  # ACR-03
        "public_network_access": "Disabled" if access == "private" else "Enabled",  # ACR-04
    }
    if access != "public":
        found["data_endpoint_enabled"] = True  # ACR-11
    if args.get("arm_registry_tokens") is False:
        found["policies"] = {"azure_ad_authentication_as_arm_policy": {"status": "disabled"}}  # ACR-06
    return found

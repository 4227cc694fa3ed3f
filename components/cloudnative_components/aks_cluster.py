"""One AKS cluster with the identities and roles it needs; control ids are those of the Azure baseline."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_azure_native import authorization, containerservice, managedidentity

from .cluster_defaults import ClusterDefaults, cluster_defaults
from .naming import POOL
from .roles import ACR_PULL, AKS_RBAC_CLUSTER_ADMIN, MANAGED_IDENTITY_OPERATOR, grant

_POOL_NAME = POOL.check("system", "pool_name")
_CHANGED_BY_UPGRADES = [
    "kubernetesVersion",
    "currentKubernetesVersion",
    "agentPoolProfiles[*].orchestratorVersion",
]


class ClusterSettings(TypedDict):
    """What a cluster is called, who may use it and how big it is, wherever its group comes from."""

    location: str
    """Azure region; it cannot be changed later."""
    cluster_name: str
    """Name of the cluster."""
    dns_prefix: NotRequired[str]
    """First part of the API server's host name, fixed for good; the cluster's name when left out."""
    node_resource_group: NotRequired[str]
    """Group that AKS makes for the nodes, fixed for good; `CLUSTER-nodes` when left out. Must not exist."""
    cluster_identity_name: NotRequired[str]
    """Name of the control plane's identity; `id-CLUSTER` when left out."""
    kubelet_identity_name: NotRequired[str]
    """Name of the nodes' identity, which pulls images; `id-CLUSTER-kubelet` when left out."""
    registry_id: NotRequired[pulumi.Input[str]]
    """ARM id of the registry that the nodes may pull from; none when left out."""
    subscription_id: NotRequired[str]
    """Subscription that all of it is in; the provider's when left out."""
    tenant_id: NotRequired[str]
    """Entra tenant whose users sign in; the provider's when left out."""
    deployer_principal_id: NotRequired[str]
    """Who gets the cluster admin role, to release to it; whoever is signed in when left out."""
    deployer_principal_type: NotRequired[str]
    """`ServicePrincipal` or `User` of a deployer that is named; ServicePrincipal when left out."""
    kubernetes_version: NotRequired[str]
    """Minor (`1.36`, newest patch) or exact; AKS's default when left out."""
    node_count: NotRequired[int]
    """Nodes; 1 when left out."""
    vm_size: NotRequired[str]
    """Size of a node; Standard_D2s_v5 when left out."""
    tier: NotRequired[str]
    """`Free`, `Standard` or `Premium`; Free when left out."""
    authorized_ip_ranges: NotRequired[list[str]]
    """Who reaches the API server; everybody who signs in when left out."""
    tags: NotRequired[dict[str, str]]
    """Tags of everything in it."""


class AksClusterArgs(ClusterSettings):
    """A cluster in a group that is there already."""

    resource_group_name: pulumi.Input[str]
    """Group of the cluster and its identities."""


class AksCluster(pulumi.ComponentResource):
    """A cluster without shared passwords: Entra sign-in, Azure roles, managed identities."""

    cluster_id: pulumi.Output[str]
    """ARM id of the cluster."""
    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    oidc_issuer_url: pulumi.Output[str]
    """Issuer that workload identities are federated with."""
    kubelet_principal_id: pulumi.Output[str]
    """Principal of the nodes' identity."""

    def __init__(self, name: str, args: AksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cloudnative:index:AksCluster", name, {}, opts)
        self._defaults = cluster_defaults(args, self)
        control_plane = self._identity(f"{name}-identity", self._defaults.cluster_identity, args)
        kubelet = self._identity(f"{name}-kubelet", self._defaults.kubelet_identity, args)
        before = self._roles_before(name, args, control_plane, kubelet)
        self.cluster = containerservice.ManagedCluster(
            name,
            **_cluster(args, self._defaults, control_plane, kubelet),
            # Roles first, and last to go: nodes pull, and deletion needs the identity (GOT-04, GOT-11).
            opts=pulumi.ResourceOptions(parent=self, depends_on=before, ignore_changes=_CHANGED_BY_UPGRADES),
        )
        self.admin_role = self._grant(
            f"{name}-deployer-admin",
            role=AKS_RBAC_CLUSTER_ADMIN,
            scope=self.cluster.id,
            principal=self._defaults.deployer,
            principal_type=self._defaults.deployer_type,
        )
        self.cluster_id, self.cluster_name = self.cluster.id, self.cluster.name
        self.oidc_issuer_url = self.cluster.oidc_issuer_profile.apply(_issuer)
        self.kubelet_principal_id = kubelet.principal_id
        self.register_outputs(
            {
                "cluster_id": self.cluster_id,
                "cluster_name": self.cluster_name,
                "oidc_issuer_url": self.oidc_issuer_url,
                "kubelet_principal_id": self.kubelet_principal_id,
            }
        )

    def _identity(
        self, name: str, azure_name: str, args: AksClusterArgs
    ) -> managedidentity.UserAssignedIdentity:
        return managedidentity.UserAssignedIdentity(
            name,
            resource_group_name=args["resource_group_name"],
            resource_name_=azure_name,
            location=args["location"],
            tags=args.get("tags", {}),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _roles_before(
        self,
        name: str,
        args: AksClusterArgs,
        control_plane: managedidentity.UserAssignedIdentity,
        kubelet: managedidentity.UserAssignedIdentity,
    ) -> list[authorization.RoleAssignment]:
        """The roles that must stand before the first node starts (AKS-03)."""
        assign = self._grant(
            f"{name}-assign-kubelet",
            role=MANAGED_IDENTITY_OPERATOR,
            scope=kubelet.id,
            principal=control_plane.principal_id,
        )
        registry = args.get("registry_id")
        if registry is None:
            return [assign]
        pull = self._grant(f"{name}-pull", role=ACR_PULL, scope=registry, principal=kubelet.principal_id)
        return [assign, pull]

    def _grant(
        self,
        name: str,
        *,
        role: str,
        scope: pulumi.Input[str],
        principal: pulumi.Input[str],
        principal_type: str = "ServicePrincipal",
    ) -> authorization.RoleAssignment:
        return grant(
            name,
            role=role,
            scope=scope,
            principal=principal,
            subscription=self._defaults.subscription,
            principal_type=principal_type,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _cluster(
    args: AksClusterArgs,
    defaults: ClusterDefaults,
    control_plane: managedidentity.UserAssignedIdentity,
    kubelet: managedidentity.UserAssignedIdentity,
) -> dict[str, Any]:
    given: dict[str, Any] = {
        "resource_group_name": args["resource_group_name"],
        "resource_name_": args["cluster_name"],
        "location": args["location"],
        "dns_prefix": defaults.dns_prefix,
        "node_resource_group": defaults.node_group,  # AKS-41
        "kubernetes_version": args.get("kubernetes_version"),  # AKS-44
        "sku": {"name": "Base", "tier": args.get("tier", "Free")},  # AKS-01
        "identity": {"type": "UserAssigned", "user_assigned_identities": [control_plane.id]},  # AKS-02
        "identity_profile": {  # AKS-03
            "kubeletidentity": {
                "resource_id": kubelet.id,
                "client_id": kubelet.client_id,
                "object_id": kubelet.principal_id,
            }
        },
        "agent_pool_profiles": [_system_pool(args)],
        "tags": args.get("tags", {}),  # AKS-49
    }
    if ranges := args.get("authorized_ip_ranges"):
        given["api_server_access_profile"] = {"authorized_ip_ranges": ranges}  # AKS-07
    return {**given, **_hardening(defaults.tenant)}


def _hardening(tenant: str) -> dict[str, Any]:
    """What costs nothing and is the same in every profile."""
    return {
        "enable_rbac": True,  # AKS-04
        "aad_profile": {"managed": True, "enable_azure_rbac": True, "tenant_id": tenant},  # AKS-05
        "disable_local_accounts": True,  # AKS-06
        "oidc_issuer_profile": {"enabled": True},  # AKS-09
        "security_profile": {
            "workload_identity": {"enabled": True},  # AKS-10
            "image_cleaner": {"enabled": True, "interval_hours": 168},  # AKS-36
        },
        "network_profile": {
            "network_plugin": "azure",  # AKS-11
            "network_plugin_mode": "overlay",
            "network_dataplane": "cilium",
            "network_policy": "cilium",
            "load_balancer_sku": "standard",  # AKS-12
            "outbound_type": "loadBalancer",  # AKS-13
            "pod_cidr": "10.244.0.0/16",  # AKS-14
            "service_cidr": "10.0.0.0/16",
            "dns_service_ip": "10.0.0.10",
        },
        "auto_upgrade_profile": {
            "upgrade_channel": "patch",
            "node_os_upgrade_channel": "NodeImage",
        },  # AKS-27
    }


def _system_pool(args: AksClusterArgs) -> dict[str, Any]:
    """One system pool with a constant name (GOT-05, AKS-16)."""
    return {
        "name": _POOL_NAME,
        "mode": "System",
        "type": "VirtualMachineScaleSets",
        "count": int(args.get("node_count", 1)),
        "vm_size": args.get("vm_size", "Standard_D2s_v5"),
        "os_type": "Linux",
        "os_sku": "AzureLinux",  # AKS-25
        "max_pods": 110,  # AKS-24
        "enable_node_public_ip": False,  # AKS-23
    }


def _issuer(profile: Any) -> str:
    return (profile.issuer_url or "") if profile else ""

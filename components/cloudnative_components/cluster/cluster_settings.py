"""What a cluster is called, who may use it, how big and how hard it is."""

from typing import NotRequired, TypedDict

import pulumi


class ClusterSettings(TypedDict):
    """The settings of a cluster, wherever its group comes from; ids are those of docs/baseline.md."""

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
    """Nodes, or the autoscaler's lower end; 1 when left out."""
    max_node_count: NotRequired[int]
    """The autoscaler's upper end; without it nothing scales (AKS-19)."""
    dedicated_system_pool: NotRequired[bool]
    """A tainted pool for Kubernetes' own pods beside the one of the applications (AKS-16, AKS-17)."""
    system_node_count: NotRequired[int]
    """Nodes of the dedicated system pool; 3 when left out."""
    vm_size: NotRequired[str]
    """Size of a node; Standard_D2s_v5 when left out."""
    zones: NotRequired[list[str]]
    """Availability zones of the nodes, fixed for good; none when left out (AKS-18)."""
    ephemeral_os_disk: NotRequired[bool]
    """OS disks on the VM's own storage, fixed for good (AKS-21)."""
    host_encryption: NotRequired[bool]
    """Encryption on the host, fixed for good (AKS-22)."""
    surge_upgrades: NotRequired[bool]
    """A third of a pool is upgraded at a time, with time to drain and to settle (AKS-26)."""
    tier: NotRequired[str]
    """`Free`, `Standard` or `Premium`; Free when left out."""
    authorized_ip_ranges: NotRequired[list[str]]
    """Who reaches the API server; everybody who signs in when left out (AKS-07)."""
    private_cluster: NotRequired[bool]
    """An API server without a public address (AKS-07)."""
    run_command: NotRequired[bool]
    """Whether `az aks command invoke` works; it does when left out (AKS-08)."""
    upgrade_channel: NotRequired[str]
    """`patch`, `stable`, `rapid` or `none`; patch when left out (AKS-27)."""
    node_os_channel: NotRequired[str]
    """`NodeImage`, `SecurityPatch`, `Unmanaged` or `None`; NodeImage when left out (AKS-27)."""
    maintenance_window: NotRequired[str]
    """Start of four weekly hours for upgrades, UTC (`Tuesday 02:00`); AKS's choice when left out (AKS-28)."""
    azure_policy: NotRequired[bool]
    """The Azure Policy add-on; on when left out (AKS-29)."""
    deployment_safeguards: NotRequired[str]
    """`Warn` or `Enforce`; none when left out (AKS-30)."""
    key_vault_secrets: NotRequired[bool]
    """The CSI driver of Key Vault, with rotation (AKS-31)."""
    managed_prometheus: NotRequired[bool]
    """Azure Monitor's Prometheus (AKS-33)."""
    defender: NotRequired[bool]
    """Defender's sensor; needs a workspace (AKS-35)."""
    cost_analysis: NotRequired[bool]
    """Costs by namespace; not with the tier Free (AKS-42)."""
    lock_node_group: NotRequired[bool]
    """AKS's group of nodes is read-only for people (AKS-41)."""
    protect: NotRequired[bool]
    """The cluster, its network and their group are not deleted until protection is taken off (GOT-01)."""
    tags: NotRequired[dict[str, str]]
    """Tags of everything in it."""


class AksClusterArgs(ClusterSettings):
    """A cluster in a group that is there already."""

    resource_group_name: pulumi.Input[str]
    """Group of the cluster and its identities."""
    vnet_subnet_id: NotRequired[pulumi.Input[str]]
    """Subnet of the nodes, with an egress of its own; AKS's managed network when left out (AKS-15)."""
    outbound_type: NotRequired[str]
    """How nodes leave; `userAssignedNATGateway` in a subnet of yours, else `loadBalancer` (AKS-13)."""
    log_workspace_id: NotRequired[pulumi.Input[str]]
    """Log Analytics workspace for logs of containers; none when left out (AKS-32)."""

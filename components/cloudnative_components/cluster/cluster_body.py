"""The properties of a managed cluster, by the controls of the Azure baseline."""

from collections.abc import Mapping
from typing import Any

from pulumi_azure_native import managedidentity

from .cluster_defaults import ClusterDefaults
from .node_pools import system_pool

_ROTATION = {"enableSecretRotation": "true", "rotationPollInterval": "2m"}


def cluster_body(
    args: Mapping[str, Any],
    defaults: ClusterDefaults,
    control_plane: managedidentity.UserAssignedIdentity,
    kubelet: managedidentity.UserAssignedIdentity,
) -> dict[str, Any]:
    """Everything that a ManagedCluster is made of."""
    locked = args.get("lock_node_group")
    return {
        "resource_group_name": args["resource_group_name"],
        "resource_name_": args["cluster_name"],
        "location": args["location"],
        "dns_prefix": defaults.dns_prefix,  # AKS-48
        "node_resource_group": defaults.node_group,  # AKS-41
        "node_resource_group_profile": {"restriction_level": "ReadOnly" if locked else "Unrestricted"},
        "kubernetes_version": args.get("kubernetes_version"),  # AKS-44
        "sku": {"name": "Base", "tier": _tier(args)},  # AKS-01
        "identity": {"type": "UserAssigned", "user_assigned_identities": [control_plane.id]},  # AKS-02
        "identity_profile": {  # AKS-03
            "kubeletidentity": {
                "resource_id": kubelet.id,
                "client_id": kubelet.client_id,
                "object_id": kubelet.principal_id,
            }
        },
        "agent_pool_profiles": [system_pool(args)],
        "auto_scaler_profile": _autoscaler(args),
        "api_server_access_profile": _api_server(args),
        "tags": args.get("tags", {}),  # AKS-49
        **_sign_in(defaults.tenant),
        "network_profile": _network(args),
        "security_profile": _security(args),
        "addon_profiles": _add_ons(args),
        "azure_monitor_profile": {"metrics": _metrics(args)},  # AKS-33
        # the tier Free refuses the very mention (AKS-42)
        "metrics_profile": {"cost_analysis": {"enabled": bool(args.get("cost_analysis"))}}
        if _tier(args) != "Free"
        else None,
        "auto_upgrade_profile": {  # AKS-27
            "upgrade_channel": args.get("upgrade_channel", "patch"),
            "node_os_upgrade_channel": args.get("node_os_channel", "NodeImage"),
        },
    }


def _tier(args: Mapping[str, Any]) -> str:
    return args.get("tier", "Free")


def _sign_in(tenant: str) -> dict[str, Any]:
    return {
        "enable_rbac": True,  # AKS-04
        "aad_profile": {"managed": True, "enable_azure_rbac": True, "tenant_id": tenant},  # AKS-05
        "disable_local_accounts": True,  # AKS-06
        "oidc_issuer_profile": {"enabled": True},  # AKS-09
    }


def _api_server(args: Mapping[str, Any]) -> dict[str, Any] | None:
    """Who reaches it (AKS-07), and whether there is a way round (AKS-08)."""
    access: dict[str, Any] = {}
    if ranges := args.get("authorized_ip_ranges"):
        access["authorized_ip_ranges"] = ranges
    if args.get("private_cluster"):
        access |= {
            "enable_private_cluster": True,
            "private_dns_zone": "system",
            "enable_private_cluster_public_fqdn": False,
        }
    if args.get("run_command") is False:
        access["disable_run_command"] = True
    return access or None


def _network(args: Mapping[str, Any]) -> dict[str, Any]:
    own = args.get("vnet_subnet_id") is not None
    return {
        "network_plugin": "azure",  # AKS-11
        "network_plugin_mode": "overlay",
        "network_dataplane": "cilium",
        "network_policy": "cilium",
        "load_balancer_sku": "standard",  # AKS-12
        "outbound_type": args.get("outbound_type")
        or ("userAssignedNATGateway" if own else "loadBalancer"),  # AKS-13
        "pod_cidr": "10.244.0.0/16",  # AKS-14
        "service_cidr": "10.0.0.0/16",
        "dns_service_ip": "10.0.0.10",
    }


def _security(args: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "workload_identity": {"enabled": True},  # AKS-10
        "image_cleaner": {"enabled": True, "interval_hours": 168},  # AKS-36
    }
    watched = bool(args.get("defender"))
    sensor: dict[str, Any] = {"security_monitoring": {"enabled": watched}}  # AKS-35
    if watched:
        sensor["log_analytics_workspace_resource_id"] = args.get("log_workspace_id")
    return {**found, "defender": sensor}


def _add_ons(args: Mapping[str, Any]) -> dict[str, Any]:
    """Each is said, on or off: AKS keeps an add-on that a request leaves out (GOT-13, AKS-39)."""
    workspace = args.get("log_workspace_id")
    secrets = bool(args.get("key_vault_secrets"))
    logs = {"logAnalyticsWorkspaceResourceID": workspace, "useAADAuth": "true"}
    return {
        "azurepolicy": {"enabled": args.get("azure_policy", True)},  # AKS-29
        "azureKeyvaultSecretsProvider": _add_on(secrets, _ROTATION),  # AKS-31
        "omsagent": _add_on(workspace is not None, logs),  # AKS-32
    }


def _add_on(enabled: bool, config: dict[str, Any]) -> dict[str, Any]:
    return {"enabled": True, "config": config} if enabled else {"enabled": False}


def _metrics(args: Mapping[str, Any]) -> dict[str, Any]:
    if not args.get("managed_prometheus"):
        return {"enabled": False}
    lists = {"metric_labels_allowlist": "", "metric_annotations_allow_list": ""}
    return {"enabled": True, "kube_state_metrics": lists}


def _autoscaler(args: Mapping[str, Any]) -> dict[str, Any] | None:
    """AKS-20: zones stay balanced."""
    if not args.get("max_node_count") or not args.get("zones"):
        return None
    return {"balance_similar_node_groups": "true", "expander": "least-waste"}

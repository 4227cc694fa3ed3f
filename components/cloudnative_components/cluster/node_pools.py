"""Node pools: one inline system pool with a constant name, applications beside it where it is dedicated."""

from collections.abc import Mapping
from typing import Any

from ..azure.naming import POOL

SYSTEM_POOL = POOL.check("system", "pool_name")
APPLICATION_POOL = POOL.check("apps", "pool_name")
_OS_DISK_GB = 128  # AKS's own size for D4 and smaller; D4ds_v5 has 150 GB of its own storage
_SURGE = {
    "max_surge": "33%",
    "drain_timeout_in_minutes": 30,
    "node_soak_duration_in_minutes": 5,
    "undrainable_node_behavior": "Cordon",
}


def system_pool(args: Mapping[str, Any]) -> dict[str, Any]:
    """The pool that comes with the cluster: everybody's, or only that of Kubernetes' own pods (AKS-16)."""
    own = {"name": SYSTEM_POOL, "mode": "System", "type": "VirtualMachineScaleSets"}
    if not args.get("dedicated_system_pool"):
        return {**own, **_nodes(args, int(args.get("node_count", 1)))}
    taints = ["CriticalAddonsOnly=true:NoSchedule"]
    return {**own, **_nodes(args, int(args.get("system_node_count", 3))), "node_taints": taints}


def application_pool(args: Mapping[str, Any]) -> dict[str, Any] | None:
    """The pool of the applications, None where the system pool carries them too (AKS-17)."""
    if not args.get("dedicated_system_pool"):
        return None
    return {"mode": "User", "type": "VirtualMachineScaleSets", **_nodes(args, int(args.get("node_count", 1)))}


def _nodes(args: Mapping[str, Any], count: int) -> dict[str, Any]:
    ephemeral = args.get("ephemeral_os_disk")
    nodes = {
        "count": count,
        **_scaling(args, count),
        "vm_size": args.get("vm_size", "Standard_D2s_v5"),
        "os_type": "Linux",
        "os_sku": "AzureLinux",  # AKS-25
        "os_disk_type": "Ephemeral" if ephemeral else None,  # AKS-21
        "os_disk_size_gb": _OS_DISK_GB if ephemeral else None,
        "max_pods": 110,  # AKS-24
        "enable_node_public_ip": False,  # AKS-23
        "enable_encryption_at_host": bool(args.get("host_encryption")) or None,  # AKS-22
        "availability_zones": args.get("zones") or None,  # AKS-18
        "vnet_subnet_id": args.get("vnet_subnet_id"),  # AKS-15
        "upgrade_settings": _SURGE if args.get("surge_upgrades") else None,  # AKS-26
        "tags": args.get("tags", {}),  # AKS-49
    }
    return {name: value for name, value in nodes.items() if value is not None}


def _scaling(args: Mapping[str, Any], count: int) -> dict[str, Any]:
    """AKS-19."""
    if not args.get("max_node_count"):
        return {}
    most = max(count, int(args["max_node_count"]))
    return {"enable_auto_scaling": True, "min_count": count, "max_count": most}

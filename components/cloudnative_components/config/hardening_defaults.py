"""The baseline's defaults by profile, as data: `dev` leaves out what costs, `prod` has all of it."""

from collections.abc import Mapping

HARDENING: dict[str, dict[str, object]] = {
    "dev": {
        "max_node_count": 3,
        "dedicated_system_pool": False,
        "system_node_count": 1,
        "zones": False,
        "ephemeral_os_disk": False,
        "host_encryption": False,
        "surge_upgrades": False,
        "run_command": True,
        "maintenance_window": "none",
        "own_network": False,
        "key_vault_secrets": False,
        "log_analytics": False,
        "managed_prometheus": False,
        "defender": False,
        "cost_analysis": False,
        "lock_node_group": False,
        "arm_registry_tokens": True,
        "protect": False,
    },
    "prod": {
        "max_node_count": 5,
        "dedicated_system_pool": True,
        "system_node_count": 3,  # one per zone
        "zones": True,
        "ephemeral_os_disk": True,
        "host_encryption": True,
        "surge_upgrades": True,
        "run_command": False,
        "maintenance_window": "Tuesday 02:00",  # never at a weekend, when nobody looks
        "own_network": True,
        "key_vault_secrets": True,
        "log_analytics": True,
        "managed_prometheus": True,
        "defender": True,
        "cost_analysis": True,
        "lock_node_group": True,
        "arm_registry_tokens": False,
        "protect": True,
    },
}


def following(known: Mapping[str, object]) -> dict[str, object]:
    """Defaults that follow from what was given or is the profile's: nothing has to be said twice."""
    found: dict[str, object] = {}
    if known.get("cluster_tier") == "Free":
        found["cost_analysis"] = False
    if _is(known, "log_analytics", "false"):
        found["defender"] = False
    if _is(known, "private_cluster", "true") and _is(known, "own_network", "true"):
        found["registry_access"] = "private"
    if str(known.get("registry_access", found.get("registry_access", "public"))) != "public":
        found["registry_sku"] = "Premium"  # the only one with private endpoints
    return found


def _is(known: Mapping[str, object], key: str, value: str) -> bool:
    return str(known.get(key)).lower() == value

"""What AKS refuses of a managed cluster beyond its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds.cluster_spec import pools_of

if TYPE_CHECKING:
    from cloudnative_emulator.arm.kinds.kind import Call
    from cloudnative_emulator.arm.store import Body

_FIXED = ("dnsPrefix", "nodeResourceGroup")
_FIXED_NETWORK = ("networkPlugin", "networkPluginMode", "podCidr", "serviceCidr", "dnsServiceIP")


def check_fixed(before: dict[str, Any], after: dict[str, Any]) -> None:
    """400 when an update changes what a cluster keeps for life."""
    for name in _FIXED:
        if before and before[name] != after[name]:
            raise not_allowed(f"properties.{name}")
    network = before.get("networkProfile", {})
    for name in _FIXED_NETWORK:
        if network and network.get(name) != after["networkProfile"].get(name):
            raise not_allowed(f"properties.networkProfile.{name}")


def not_allowed(path: str) -> ArmError:
    """AKS's refusal to change a property."""
    text = f"Changing property '{path}' is not allowed."
    return ArmError(400, "PropertyChangeNotAllowed", text, target=path)


def check_inline(call: Call, inline: list[dict[str, Any]], old: Body | None) -> None:
    """400 for a new cluster without a System pool, and for a new pool of an existing cluster."""
    if not old and not any(pool.get("mode") == "System" for pool in inline):
        text = "Must define at least one System agent pool."
        raise ArmError(400, "InvalidParameter", text, target="properties.agentPoolProfiles")
    known = {pool["name"] for pool in pools_of(call.cloud, call.target.id)}
    added = [pool["name"] for pool in inline if old and pool["name"] not in known]
    if added:
        text = (
            f"A new agent pool was introduced: {', '.join(added)}. Adding agent pools to an existing cluster "
            "is not allowed through managed cluster operations. Use agent pool operations instead."
        )
        raise ArmError(400, "InvalidParameter", text, target="properties.agentPoolProfiles")


def check_node_group(call: Call, name: str) -> None:
    """409 when the node resource group exists and is not this cluster's own."""
    found = call.cloud.store.get(f"{call.cloud.subscription_id}/resourceGroups/{name}")
    if found and ids.key(found.get("managedBy", "")) != ids.key(call.target.id):
        text = f"The node resource group '{name}' exists already and does not belong to this cluster."
        raise ArmError(409, "NodeResourceGroupAlreadyExists", text)

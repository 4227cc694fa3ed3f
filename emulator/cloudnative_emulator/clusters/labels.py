"""Names and labels of nodes, as AKS gives them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudnative_emulator.ports import ClusterSpec, PoolSpec

_ZONE = "topology.kubernetes.io/zone"


def node_name(cluster_id: str, pool: str, number: int) -> str:
    """`aks-POOL-12345678-vmss000000`: the same for the same cluster, pool and number."""
    digits = int.from_bytes(hashlib.sha256(cluster_id.lower().encode()).digest()[:6]) % 10**8
    return f"aks-{pool}-{digits:08d}-vmss{number:06d}"


def pool_labels(spec: ClusterSpec, pool: PoolSpec, number: int = 0) -> dict[str, str]:
    """The labels of one node of one pool."""
    zone = f"{spec.location}-{pool.zones[number % len(pool.zones)]}" if pool.zones else "0"
    return {
        "agentpool": pool.name,
        "kubernetes.azure.com/agentpool": pool.name,
        "kubernetes.azure.com/cluster": spec.name,
        "kubernetes.azure.com/mode": pool.mode.lower(),
        "kubernetes.azure.com/os-sku": "Ubuntu",
        "node.kubernetes.io/instance-type": pool.vm_size,
        "topology.kubernetes.io/region": spec.location,
        _ZONE: zone,
        **pool.labels,
    }


def node_labels(spec: ClusterSpec) -> dict[str, str]:
    """The labels of the one real node: of all Linux pools; where they differ, those of a user pool win."""
    linux = [pool for pool in spec.pools if pool.os_type == "Linux"]
    labels: dict[str, str] = {}
    for pool in sorted(linux, key=lambda pool: pool.mode.lower() != "system"):
        zone = labels.get(_ZONE)
        labels |= pool_labels(spec, pool)
        if zone and not pool.zones:
            labels[_ZONE] = zone  # "0" means none: the other pool's real zone is the better answer
    return labels


def node_count(spec: ClusterSpec) -> int:
    """How many nodes the pools ask for."""
    return sum(pool.count for pool in spec.pools)

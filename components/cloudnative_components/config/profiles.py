"""Profiles: defaults as data. `dev` is cheap and small, `prod` survives the loss of a node."""

from typing import Literal

from .hardening_defaults import HARDENING

Profile = Literal["dev", "prod"]

DEFAULTS: dict[Profile, dict[str, object]] = {
    "dev": {
        "node_count": 1,
        "vm_size": "Standard_D2s_v5",  # 2 vCPU, 8 GiB: the smallest with room beside AKS's own pods
        "cluster_tier": "Free",
        "registry_sku": "Basic",
        "gate": {"bake_seconds": 0},
        "on_failure": "stop",  # what failed is there to be looked at
        **HARDENING["dev"],
    },
    "prod": {
        "node_count": 3,  # one per zone, so that an update or a lost zone never takes the application away
        "vm_size": "Standard_D4ds_v5",  # 4 vCPU, 16 GiB as Microsoft advises, and storage of its own (AKS-21)
        "cluster_tier": "Standard",  # uptime SLA
        "gate": {"bake_seconds": 30},  # three rounds of a usual probe
        "on_failure": "rollback",  # users come first; the cause is in the error, and in the ledger
        "registry_sku": "Standard",  # several regions raise it to Premium, the only one with replication
        **HARDENING["prod"],
    },
}

"""From the config of an environment to the hardening of its registry and of each region."""

from typing import Any, NotRequired, TypedDict

from cloudnative_toolchain.errors import ConfigError

from .azure.regions import azure_region
from .cluster.maintenance import days_later
from .config import EnvironmentConfig
from .registry.container_registry import RegistrySettings

_AS_THEY_ARE = (
    "node_count",
    "max_node_count",
    "dedicated_system_pool",
    "system_node_count",
    "vm_size",
    "ephemeral_os_disk",
    "host_encryption",
    "surge_upgrades",
    "authorized_ip_ranges",
    "private_cluster",
    "run_command",
    "upgrade_channel",
    "node_os_channel",
    "azure_policy",
    "key_vault_secrets",
    "managed_prometheus",
    "log_analytics",
    "log_retention_days",
    "defender",
    "cost_analysis",
    "lock_node_group",
    "own_network",
    "network_cidr",
    "protect",
)


class HardeningSettings(TypedDict):
    """The baseline's settings, by the names of `stacks/Pulumi.<env>.yaml`; docs/config.md explains each."""

    profile: NotRequired[str]
    """Which defaults hold: `dev` or `prod`; dev when left out."""
    authorized_ip_ranges: NotRequired[list[str]]
    """Networks that reach the API servers (AKS-07)."""
    private_cluster: NotRequired[bool]
    """API servers without a public address (AKS-07)."""
    allow_any_ip: NotRequired[bool]
    """API servers that everybody reaches (AKS-07)."""
    run_command: NotRequired[bool]
    """Whether `az aks command invoke` works (AKS-08)."""
    max_node_count: NotRequired[int]
    """The autoscaler's upper end (AKS-19)."""
    dedicated_system_pool: NotRequired[bool]
    """A pool for Kubernetes' own pods (AKS-16)."""
    system_node_count: NotRequired[int]
    """Nodes of that pool (AKS-16)."""
    zones: NotRequired[bool]
    """Nodes in three zones where the region has them (AKS-18)."""
    ephemeral_os_disk: NotRequired[bool]
    """OS disks on the VM's own storage (AKS-21)."""
    host_encryption: NotRequired[bool]
    """Encryption on the host (AKS-22)."""
    surge_upgrades: NotRequired[bool]
    """A third of a pool is upgraded at a time (AKS-26)."""
    upgrade_channel: NotRequired[str]
    """Which Kubernetes versions come by themselves (AKS-27)."""
    node_os_channel: NotRequired[str]
    """How nodes get new images (AKS-27)."""
    maintenance_window: NotRequired[str]
    """Weekly hours for upgrades in the first region, UTC; `none` leaves it to AKS (AKS-28)."""
    own_network: NotRequired[bool]
    """A virtual network with a NAT gateway in each region (AKS-13, AKS-15)."""
    network_cidr: NotRequired[str]
    """Addresses of that network (AKS-14)."""
    registry_access: NotRequired[str]
    """`public`, `endpoints` or `private` (ACR-04)."""
    azure_policy: NotRequired[bool]
    """The Azure Policy add-on (AKS-29)."""
    deployment_safeguards: NotRequired[str]
    """`Warn`, `Enforce` or `off` (AKS-30)."""
    key_vault_secrets: NotRequired[bool]
    """The CSI driver of Key Vault (AKS-31)."""
    log_analytics: NotRequired[bool]
    """Logs in Log Analytics (AKS-32, AKS-34, ACR-12)."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept."""
    managed_prometheus: NotRequired[bool]
    """Azure Monitor's Prometheus (AKS-33)."""
    defender: NotRequired[bool]
    """Defender's sensor (AKS-35)."""
    cost_analysis: NotRequired[bool]
    """Costs by namespace (AKS-42)."""
    lock_node_group: NotRequired[bool]
    """AKS's group of nodes is read-only for people (AKS-41)."""
    arm_registry_tokens: NotRequired[bool]
    """Whether the registry takes tokens made for all of ARM (ACR-06)."""
    protect: NotRequired[bool]
    """Nothing of Azure is deleted or replaced without `--unprotect` (GOT-01)."""


def hardened_region(config: EnvironmentConfig, region: str) -> dict[str, Any]:
    """Arguments of the region, by the baseline; ConfigError where nobody said who reaches an API server."""
    refuse_undecided_access(config)
    found: dict[str, Any] = {name: getattr(config, name) for name in _AS_THEY_ARE}
    found["tier"] = config.cluster_tier
    found["zones"] = ["1", "2", "3"] if config.zones and azure_region(region).zones else []
    if config.deployment_safeguards != "off":
        found["deployment_safeguards"] = config.deployment_safeguards
    if config.maintenance_window != "none":
        days = config.regions.index(region)
        found["maintenance_window"] = days_later(config.maintenance_window, days)
    return found


def hardened_registry(config: EnvironmentConfig) -> RegistrySettings:
    """Arguments of the registry, by the baseline."""
    return {
        "sku": config.registry_sku,
        "arm_registry_tokens": config.arm_registry_tokens,
        "access": config.registry_access,
        "log_analytics": config.log_analytics,
        "log_retention_days": config.log_retention_days,
        "protect": config.protect,
    }


def refuse_undecided_access(config: EnvironmentConfig) -> None:
    """On Azure somebody has to say who reaches the API servers; on the emulator only this machine does."""
    decided = config.authorized_ip_ranges or config.private_cluster or config.allow_any_ip
    if config.cloud == "azure" and not decided:
        raise ConfigError(
            code="access.undecided",
            what=f"nobody said who may reach the API servers of {config.name}",
            why="Azure's own default is the whole internet (AKS-07). Name the networks of those who deploy, "
            "or write `cloudnative:private_cluster: true`, or `cloudnative:allow_any_ip: true` to mean it",
            fix="pulumi config set --path 'cloudnative:authorized_ip_ranges[0]' 203.0.113.0/24",
            docs="docs/config.md#authorized_ip_ranges",
        )

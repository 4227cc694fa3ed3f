"""Settings of the Azure baseline, by the ids of its controls; profiles.py says which hold by default."""

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from .fields import AsText, Flag, Text, WholeNumber

_TAKEN = {"10.244.0.0/16": "pods", "10.0.0.0/16": "Services"}
WINDOW = r"^((Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day ([01][0-9]|2[0-3]):[0-5][0-9]|none)$"


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise PydanticCustomError("cidr", "{why}", {"why": str(error)}) from None


Cidr = Annotated[Text, AfterValidator(_network)]


class HardeningConfig(BaseModel):
    """What of the baseline can be chosen; what cannot is the same everywhere (docs/baseline.md)."""

    authorized_ip_ranges: list[Cidr] = Field(
        default_factory=list[str],
        max_length=200,
        description="Networks that reach the clusters' API servers; CI's own addresses belong here (AKS-07). "
        "On `cloud: azure` this, `private_cluster` or `allow_any_ip` has to be said: no default fits a "
        "network that we do not know.",
    )
    private_cluster: Flag = Field(
        default=False,
        description="API servers without a public address: whoever deploys must run in a network that "
        "reaches them (AKS-07).",
    )
    allow_any_ip: Flag = Field(
        default=False,
        description="Says that API servers shall be reachable from everywhere, by whoever signs in (AKS-07).",
    )
    run_command: Flag = Field(
        description="Whether `az aks command invoke` may reach into the cluster past its network (AKS-08)."
    )
    max_node_count: Annotated[WholeNumber, Field(ge=1, le=1000)] = Field(
        description="The autoscaler's upper end; `node_count` is the lower one, and counts where it is more "
        "(AKS-19)."
    )
    dedicated_system_pool: Flag = Field(
        description="A tainted pool for Kubernetes' own pods, so that applications run in a pool of theirs "
        "(AKS-16, AKS-17). Without, one pool carries both."
    )
    system_node_count: Annotated[WholeNumber, Field(ge=1, le=1000)] = Field(
        description="Nodes of the dedicated system pool (AKS-16)."
    )
    zones: Flag = Field(
        description="Spread nodes over the three zones of regions that have them; fixed for good (AKS-18)."
    )
    ephemeral_os_disk: Flag = Field(
        description="OS disks on the VM's own storage, which `vm_size` must have; fixed for good (AKS-21)."
    )
    host_encryption: Flag = Field(
        description="Encrypt temporary disks and caches on the host; needs the subscription's feature "
        "Microsoft.Compute/EncryptionAtHost; fixed for good (AKS-22)."
    )
    surge_upgrades: Flag = Field(
        description="A third of a pool is upgraded at a time, drains have 30 minutes, each node settles for "
        "five (AKS-26). Without, AKS's own defaults hold."
    )
    upgrade_channel: Annotated[Literal["patch", "stable", "rapid", "none"], AsText] = Field(
        default="patch", description="Which Kubernetes versions AKS upgrades to by itself (AKS-27)."
    )
    node_os_channel: Annotated[Literal["NodeImage", "SecurityPatch", "Unmanaged", "None"], AsText] = Field(
        default="NodeImage", description="How nodes get new OS images (AKS-27)."
    )
    maintenance_window: Annotated[Text, Field(pattern=WINDOW)] = Field(
        description="Start of the four weekly hours in which AKS may upgrade, UTC, in the first region; "
        "every further region has them a day later (AKS-28). `none`: AKS chooses."
    )
    own_network: Flag = Field(
        description="A virtual network of ours with a NAT gateway in each region, in place of AKS's managed "
        "one (AKS-13, AKS-15)."
    )
    network_cidr: Cidr = Field(
        default="10.224.0.0/16",
        description="Addresses of that network, at least a /22: nodes get half of it; fixed for good "
        "(AKS-14, AKS-15).",
    )
    registry_access: Annotated[Literal["public", "endpoints", "private"], AsText] = Field(
        default="public",
        description="How those who sign in reach the registry: `public` from everywhere, `endpoints` as well "
        "as through private endpoints in the clusters' networks, which they take, `private` through such "
        "endpoints alone: whoever pushes needs a way into one of the networks, and a name that leads there. "
        "Endpoints need `own_network` and a Premium registry, which is then the default (ACR-04, ACR-11). "
        "Default: public; private with `private_cluster` in a network of ours.",
    )
    azure_policy: Flag = Field(default=True, description="The Azure Policy add-on (AKS-29).")
    deployment_safeguards: Annotated[Literal["Warn", "Enforce", "off"], AsText] = Field(
        default="Warn",
        description="Kubernetes' best practices as policy: `Warn`, or `Enforce` after a trial (AKS-30).",
    )
    key_vault_secrets: Flag = Field(
        description="The CSI driver that mounts Key Vault's secrets, with rotation (AKS-31)."
    )
    log_analytics: Flag = Field(
        description="Logs of containers, control planes and registry in Log Analytics (AKS-32, AKS-34, "
        "ACR-12)."
    )
    log_retention_days: Annotated[WholeNumber, Field(ge=30, le=730)] = Field(
        default=30, description="Days that Log Analytics keeps them; 31 come with the price."
    )
    managed_prometheus: Flag = Field(
        description="Azure Monitor's Prometheus with its collection rule and recording rules (AKS-33, "
        "OBS-02)."
    )
    defender: Flag = Field(
        description="Defender's sensor for threats at run time; needs `log_analytics` (AKS-35)."
    )
    cost_analysis: Flag = Field(description="Costs by namespace; not with `cluster_tier: Free` (AKS-42).")
    lock_node_group: Flag = Field(
        description="AKS's own group of nodes is read-only for people, so that nothing drifts (AKS-41)."
    )
    arm_registry_tokens: Flag = Field(
        description="Whether the registry also takes tokens made for all of ARM; App Service needs them "
        "(ACR-06)."
    )
    protect: Flag = Field(
        description="Clusters, registry, networks and their groups are neither deleted nor replaced until "
        "`--unprotect` says so (GOT-01)."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "HardeningConfig":
        if self.private_cluster and (self.authorized_ip_ranges or self.allow_any_ip):
            raise _conflict(
                "private_cluster", "a private cluster has no public address to authorise ranges for"
            )
        if self.authorized_ip_ranges and self.allow_any_ip:
            raise _conflict("allow_any_ip", "authorized_ip_ranges and allow_any_ip contradict one another")
        if self.defender and not self.log_analytics:
            raise _conflict("defender", "Defender writes to Log Analytics, and `log_analytics` is off")
        if self.registry_access != "public" and not self.own_network:
            raise _conflict("own_network", "private endpoints (`registry_access`) need a network of ours")
        if self.own_network:
            _check_network(self.network_cidr)
        return self


def _check_network(cidr: str) -> None:
    own = ip_network(cidr)
    if own.version != 4 or own.prefixlen > 22:
        raise _conflict("network_cidr", f"{cidr} is no IPv4 network of a /22 or more")
    for taken, whose in _TAKEN.items():
        if own.overlaps(ip_network(taken)):
            raise _conflict("network_cidr", f"{cidr} overlaps with {taken}, the addresses of {whose}")


def _conflict(field: str, why: str) -> PydanticCustomError:
    return PydanticCustomError("conflict", "{why}", {"field": field, "why": why})


EXAMPLES_OF_HARDENING = {
    "authorized_ip_ranges": "[203.0.113.0/24]",
    "private_cluster": "true",
    "allow_any_ip": "true",
    "run_command": "false",
    "max_node_count": "10",
    "dedicated_system_pool": "true",
    "system_node_count": "3",
    "zones": "true",
    "ephemeral_os_disk": "false",
    "host_encryption": "false",
    "surge_upgrades": "true",
    "upgrade_channel": "stable",
    "node_os_channel": "SecurityPatch",
    "maintenance_window": "Sunday 03:00",
    "own_network": "true",
    "network_cidr": "10.64.0.0/16",
    "registry_access": "endpoints",
    "azure_policy": "true",
    "deployment_safeguards": "Enforce",
    "key_vault_secrets": "true",
    "log_analytics": "true",
    "log_retention_days": "90",
    "managed_prometheus": "true",
    "defender": "false",
    "cost_analysis": "true",
    "lock_node_group": "true",
    "arm_registry_tokens": "false",
    "protect": "true",
}

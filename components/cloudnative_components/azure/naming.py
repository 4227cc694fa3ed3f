"""Azure names, computed and fixed, so that every ARM id is known before the first call (REG-05)."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from cloudnative_toolchain.errors import ConfigError

from .regions import azure_region

# Any fixed value would do; it must never change, or every role assignment would be replaced (GOT-03).
_ROLE_ASSIGNMENTS = uuid.UUID("6f0b0f0e-6f5e-5d0b-9a53-2d4c2a6f1f10")
_NAME_RULES_PAGE = "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"


@dataclass(frozen=True)
class NameRule:
    """What Azure accepts as the name of one kind of resource."""

    kind: str
    pattern: str
    says: str

    def check(self, name: str, setting: str) -> str:
        """The name itself; a ConfigError that names the rule and the setting that overrides the name."""
        if re.fullmatch(self.pattern, name):
            return name
        raise ConfigError(
            code="name.invalid",
            what=f"{self.kind} name {name!r} ({len(name)} characters)",
            why=f"Azure allows {self.says} (REG-05)",
            fix=f"pulumi config set cloudnative:{setting} <another name>",
            docs=_NAME_RULES_PAGE,
        )


GROUP = NameRule(
    "resource group", r"[\w.()-]{0,89}[\w()-]", "1-90 letters, digits, _ . - ( ), no dot at the end"
)
# 80 by the API; it becomes a node label, so 63 with overlay networking.
NODE_GROUP = NameRule(
    "node resource group", r"[\w.()-]{0,62}[\w()-]", "1-63 letters, digits, _ . - ( ), no dot at the end"
)
CLUSTER = NameRule(
    "AKS cluster",
    r"[a-zA-Z0-9]([-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?",
    "1-63 letters, digits, - and _, no - or _ at the ends",
)
DNS_PREFIX = NameRule(
    "DNS prefix",
    r"[a-zA-Z0-9]([-a-zA-Z0-9]{0,52}[a-zA-Z0-9])?",
    "1-54 letters, digits and -, no - at the ends",
)
REGISTRY = NameRule("container registry", r"[a-z0-9]{5,50}", "5-50 lower-case letters and digits, no hyphen")
IDENTITY = NameRule(
    "managed identity",
    r"[a-zA-Z0-9][-_a-zA-Z0-9]{2,127}",
    "3-128 letters, digits, - and _, a letter or digit first",
)
POOL = NameRule("node pool", r"[a-z][a-z0-9]{0,11}", "1-12 lower-case letters and digits, a letter first")
WORKSPACE = NameRule(
    "Log Analytics workspace",
    r"[a-zA-Z0-9][-a-zA-Z0-9]{2,61}[a-zA-Z0-9]",
    "4-63 letters, digits and -, no - at the ends",
)
METRICS_WORKSPACE = NameRule(
    "Azure Monitor workspace",
    r"[a-zA-Z0-9][-a-zA-Z0-9]*[a-zA-Z0-9]",
    "letters, digits and -, no - at the ends",
)
NETWORK = NameRule(
    "network resource",
    r"[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,78}[_a-zA-Z0-9])?",
    "1-80 letters, digits, _ . -, a letter or digit first, no . or - at the end",
)


@dataclass(frozen=True)
class RegionNames:
    """The names of everything that one region of an environment has."""

    group: str
    node_group: str
    cluster: str
    dns_prefix: str
    cluster_identity: str
    kubelet_identity: str


@dataclass(frozen=True)
class EnvironmentNames:
    """The names of an environment; `regions` by Azure region name."""

    group: str
    registry: str
    regions: Mapping[str, RegionNames]


def environment_names(
    *,
    project: str,
    environment: str,
    subscription: str,
    regions: list[str],
    registry: str | None = None,
    resource_group: str | None = None,
    cluster: str | None = None,
) -> EnvironmentNames:
    """Every Azure name of an environment, checked.

    The last three are the user's own names in place of ours; regions append their code to the group's and the
    cluster's.
    """
    stem = f"{project}-{environment}"
    group = resource_group or f"rg-{stem}"
    return EnvironmentNames(
        group=GROUP.check(group, "resource_group_name"),
        registry=REGISTRY.check(
            registry or registry_name(project, environment, subscription), "registry_name"
        ),
        regions={
            region: _region_names(azure_region(region).code, group, cluster or f"aks-{stem}", cluster or stem)
            for region in regions
        },
    )


def _region_names(code: str, group: str, cluster: str, label: str) -> RegionNames:
    def named_after_cluster(rule: NameRule, name: str) -> str:
        return rule.check(name, "cluster_name")

    return RegionNames(
        group=GROUP.check(f"{group}-{code}", "resource_group_name"),
        node_group=NODE_GROUP.check(f"{group}-{code}-nodes", "resource_group_name"),
        cluster=named_after_cluster(CLUSTER, f"{cluster}-{code}"),
        dns_prefix=named_after_cluster(DNS_PREFIX, f"{label}-{code}".replace("_", "-")),
        cluster_identity=named_after_cluster(IDENTITY, f"id-{label}-{code}-cluster"),
        kubelet_identity=named_after_cluster(IDENTITY, f"id-{label}-{code}-kubelet"),
    )


def registry_name(project: str, environment: str, subscription: str) -> str:
    """`cr{project}{env}{6 hex}`: registry names are global, so the subscription makes them ours (ACR-15)."""
    seed = f"{subscription.lower()}|{project}|{environment}".encode()
    return "cr" + _alphanumeric(project) + _alphanumeric(environment) + hashlib.sha256(seed).hexdigest()[:6]


def role_assignment_name(scope: str, principal: str, role: str) -> str:
    """A GUID that is the same on every run and differs for every scope, principal and role (GOT-03)."""
    return str(uuid.uuid5(_ROLE_ASSIGNMENTS, f"{scope.lower()}|{principal.lower()}|{role.lower()}"))


def _alphanumeric(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())

"""Azure's built-in roles as data: what roleDefinitions answer and what every check is made against.

GUIDs and actions are Azure's (2026-08); a wrong GUID here would be found only on real Azure, so a unit test
repeats the strings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_AKS = "Microsoft.ContainerService/managedClusters"
_BASICS = (
    "Microsoft.Authorization/*/read",
    "Microsoft.Resources/subscriptions/operationresults/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
)
_AKS_BASICS = (*_BASICS, "Microsoft.Insights/alertRules/*", "Microsoft.Support/*")
_ACR = "Microsoft.ContainerRegistry/registries"
_READ_ONLY_KINDS = ("apps/controllerrevisions", "events", "limitranges", "namespaces", "resourcequotas")
_NAMESPACED_KINDS = (
    "apps/daemonsets", "apps/deployments", "apps/replicasets", "apps/statefulsets",
    "autoscaling/horizontalpodautoscalers", "batch/cronjobs", "batch/jobs", "configmaps", "endpoints",
    "events.k8s.io/events", "networking.k8s.io/ingresses", "networking.k8s.io/networkpolicies",
    "persistentvolumeclaims", "pods", "policy/poddisruptionbudgets", "replicationcontrollers",
    "serviceaccounts", "services",
)  # fmt: skip
_SEEN = (*_READ_ONLY_KINDS, *_NAMESPACED_KINDS, "discovery.k8s.io/endpointslices", "metrics.k8s.io/pods")


@dataclass(frozen=True)
class Role:
    """One built-in role definition."""

    id: str
    name: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    def allows(self, action: str, *, data: bool = False) -> bool:
        """Whether an assignment of this role permits the action."""
        granted, refused = (
            (self.data_actions, self.not_data_actions) if data else (self.actions, self.not_actions)
        )
        return any(matches(pattern, action) for pattern in granted) and not any(
            matches(pattern, action) for pattern in refused
        )


def matches(pattern: str, action: str) -> bool:
    """Azure's wildcards: `*` stands for any text, case does not matter."""
    return _expression(pattern).fullmatch(action) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.IGNORECASE)


_OWNERS = (
    Role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", ("*",)),
    Role(
        "b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", ("*",),
        ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
         "Microsoft.Authorization/elevateAccess/Action"),
    ),
    Role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", ("*/read",)),
    Role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator",
        ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    Role(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator",
        ("Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete",
         "*/read", "Microsoft.Support/*"),
    ),
)  # fmt: skip
_REGISTRY = (
    Role("7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull", (f"{_ACR}/pull/read",)),
    Role("8311e382-0749-4cb8-b61a-304f252e45ec", "AcrPush", (f"{_ACR}/pull/read", f"{_ACR}/push/write")),
    Role("c2f4ef07-c644-48eb-af81-4b1b4947fb11", "AcrDelete", (f"{_ACR}/artifacts/delete",)),
)
_CLUSTER = (
    Role(
        "4abbcc35-e782-43d8-92c5-2d3f1bd2253f", "Azure Kubernetes Service Cluster User Role",
        (f"{_AKS}/listClusterUserCredential/action", f"{_AKS}/read"),
    ),
    Role(
        "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8", "Azure Kubernetes Service Cluster Admin Role",
        (f"{_AKS}/listClusterAdminCredential/action", f"{_AKS}/accessProfiles/listCredential/action",
         f"{_AKS}/read", f"{_AKS}/runcommand/action"),
    ),
    Role(
        "1afdec4b-e479-420e-99e7-f82237c7c5e6", "Azure Kubernetes Service Cluster Monitoring User",
        (f"{_AKS}/listClusterMonitoringUserCredential/action", f"{_AKS}/read"),
    ),
    Role(
        "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8", "Azure Kubernetes Service Contributor Role",
        (*_AKS_BASICS, f"{_AKS}/*", "Microsoft.Resources/deployments/*"),
    ),
)  # fmt: skip
_KUBERNETES = (
    Role(
        "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b", "Azure Kubernetes Service RBAC Cluster Admin",
        (*_AKS_BASICS, f"{_AKS}/listClusterUserCredential/action"), (), (f"{_AKS}/*",),
    ),
    Role(
        "3498e952-d568-435e-9b2c-8d77e338d7f7", "Azure Kubernetes Service RBAC Admin",
        (*_AKS_BASICS, f"{_AKS}/listClusterUserCredential/action"), (), (f"{_AKS}/*",),
        tuple(f"{_AKS}/{kind}/{verb}" for kind in ("resourcequotas", "namespaces")
              for verb in ("write", "delete")),
    ),
    Role(
        "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb", "Azure Kubernetes Service RBAC Writer", _AKS_BASICS, (),
        (*(f"{_AKS}/{kind}/read" for kind in _SEEN), *(f"{_AKS}/{kind}/*" for kind in _NAMESPACED_KINDS),
         f"{_AKS}/secrets/*", f"{_AKS}/coordination.k8s.io/leases/*"),
    ),
    Role(
        "7f6c6a51-bcf8-42ba-9220-52d62157d7db", "Azure Kubernetes Service RBAC Reader", _AKS_BASICS, (),
        tuple(f"{_AKS}/{kind}/read" for kind in _SEEN),
    ),
)  # fmt: skip
_IDENTITY = (
    Role(
        "f1a07417-d97a-45cb-824c-7a7467783830", "Managed Identity Operator",
        ("Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
         "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action", *_AKS_BASICS),
    ),
    Role(
        "4d97b98b-1d4f-4787-a291-c67834d212e7", "Network Contributor",
        ("Microsoft.Network/*", *_AKS_BASICS, "Microsoft.Resources/deployments/*"),
    ),
    Role(
        "b12aa53e-6015-4669-85d0-8515ebb3ae7f", "Private DNS Zone Contributor",
        ("Microsoft.Network/privateDnsZones/*", *_AKS_BASICS, "Microsoft.Resources/deployments/*"),
    ),
    Role(
        "4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", (), (),
        ("Microsoft.KeyVault/vaults/secrets/getSecret/action",
         "Microsoft.KeyVault/vaults/secrets/readMetadata/action"),
    ),
    Role(
        "b0d8363b-8ddd-447d-831f-62ca05bff136", "Monitoring Data Reader", ("*/read",), (),
        ("Microsoft.Monitor/accounts/data/metrics/read",),
    ),
)  # fmt: skip

BUILT_IN = {role.id: role for role in (*_OWNERS, *_REGISTRY, *_CLUSTER, *_KUBERNETES, *_IDENTITY)}
OWNER = _OWNERS[0]


def role_of(role_definition_id: str) -> Role | None:
    """The built-in role that a roleDefinitionId ends in."""
    return BUILT_IN.get(role_definition_id.rstrip("/").rsplit("/", 1)[-1].lower())

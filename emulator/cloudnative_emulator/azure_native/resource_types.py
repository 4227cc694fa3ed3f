"""The azure-native types that the stand-in knows: path, API version, shape, and what cannot be changed.

API versions and property names: the wheel pulumi-azure-native 3.29.0. Create-only properties: the list that
azure-native's own metadata carries (pulumi-azure-native#4756 and pull 4771), beside every path parameter and
`location`, which are create-only for all types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from .shapes import Shape

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_TRACKED = frozenset({"location", "tags", "identity", "sku", "kind", "extendedLocation"})
_IDENTITY = {"identity": Shape(string_sets=frozenset({"userAssignedIdentities"}))}
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ResourceType:
    """One azure-native resource type, by its token."""

    name: str
    path: str
    api_version: str
    shape: Shape
    required: frozenset[str] = _NOTHING
    create_only: frozenset[str] = _NOTHING
    located: bool = True
    child: bool = False

    @property
    def path_inputs(self) -> list[str]:
        """Inputs that stand in the path, in its order."""
        return [name for name in re.findall(r"{(\w+)}", self.path) if name != "subscriptionId"]

    @property
    def name_input(self) -> str:
        """The input that is the resource's own name."""
        return self.path_inputs[-1]

    def arm_id(self, inputs: Mapping[str, Any], subscription: str) -> str:
        """The ARM id for these inputs."""
        values = {name: _in_path(name, str(inputs[name])) for name in self.path_inputs}
        return self.path.format(subscriptionId=subscription, **values)

    def inputs_of(self, arm_id: str) -> dict[str, str]:
        """The path inputs that an ARM id stands for; empty where it is an id of another type."""
        pattern = re.sub(r"\\{(\w+)\\}", lambda m: _pattern(m.group(1)), re.escape(self.path))
        found = re.fullmatch(pattern, arm_id, re.IGNORECASE)
        return {name: unquote(found.group(name)) for name in self.path_inputs} if found else {}

    def body(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The inputs that are sent: all but those in the path."""
        return {name: value for name, value in inputs.items() if name not in self.path_inputs}


def _in_path(name: str, value: str) -> str:
    return value.strip("/") if name == "scope" else quote(value, safe="()")


def _pattern(name: str) -> str:
    return f"(?P<{name}>.+)" if name == "scope" else f"(?P<{name}>[^/]+)"


def _provider(path: str) -> str:
    return f"{_GROUP}/providers/{path}"


_AUTOSCALER = {
    re.sub(r"-(\w)", lambda m: m.group(1).upper(), wire): wire
    for wire in (
        "balance-similar-node-groups",
        "daemonset-eviction-for-empty-nodes",
        "daemonset-eviction-for-occupied-nodes",
        "ignore-daemonsets-utilization",
        "max-empty-bulk-delete",
        "max-graceful-termination-sec",
        "max-node-provision-time",
        "max-total-unready-percentage",
        "new-pod-scale-up-delay",
        "ok-total-unready-count",
        "scale-down-delay-after-add",
        "scale-down-delay-after-delete",
        "scale-down-delay-after-failure",
        "scale-down-unneeded-time",
        "scale-down-unready-time",
        "scale-down-utilization-threshold",
        "scan-interval",
        "skip-nodes-with-local-storage",
        "skip-nodes-with-system-pods",
    )
}
_CLUSTER_NETWORK = (
    "serviceCidr serviceCidrs podCidr podCidrs dnsServiceIP networkMode networkPlugin networkPluginMode "
    "networkDataplane networkPolicy outboundType nodePublicIPTags"
)
_CLUSTER = "Microsoft.ContainerService/managedClusters/{resourceName}"
_REGISTRY = "Microsoft.ContainerRegistry/registries/{registryName}"
_UAI = "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
_ID_BESIDE = Shape(outside=frozenset({"id", "name", "type"}))
_STORAGE_ENCRYPTION = Shape(
    renames={"encryptionIdentity": "identity", "keyVaultProperties": "keyvaultproperties"},
    children={
        "encryptionIdentity": Shape(
            renames={
                "encryptionUserAssignedIdentity": "userAssignedIdentity",
                "encryptionFederatedIdentityClientId": "federatedIdentityClientId",
            }
        ),
        "keyVaultProperties": Shape(
            renames={"keyName": "keyname", "keyVaultUri": "keyvaulturi", "keyVersion": "keyversion"}
        ),
    },
)

_ALL = [
    ResourceType(
        name="azure-native:resources:ResourceGroup",
        path=_GROUP,
        api_version="2024-03-01",
        shape=Shape(),
    ),
    ResourceType(
        name="azure-native:managedidentity:UserAssignedIdentity",
        path=_provider(_UAI),
        api_version="2023-01-31",
        shape=Shape(outside=_TRACKED),
    ),
    ResourceType(
        name="azure-native:managedidentity:FederatedIdentityCredential",
        path=_provider(_UAI + "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}"),
        api_version="2023-01-31",
        shape=Shape(outside=_NOTHING),
        required=frozenset({"audiences", "issuer", "subject"}),
        located=False,
        child=True,
    ),
    ResourceType(
        name="azure-native:containerregistry:Registry",
        path=_provider(_REGISTRY),
        api_version="2023-01-01-preview",
        shape=Shape(outside=_TRACKED),  # its identities are a map on both sides
        required=frozenset({"sku"}),
        create_only=frozenset({"encryption", "zoneRedundancy"}),
    ),
    ResourceType(
        name="azure-native:containerregistry:Replication",
        path=_provider(_REGISTRY + "/replications/{replicationName}"),
        api_version="2024-11-01-preview",
        shape=Shape(outside=_TRACKED),
        create_only=frozenset({"zoneRedundancy"}),
        child=True,
    ),
    ResourceType(
        name="azure-native:containerservice:ManagedCluster",
        path=_provider(_CLUSTER),
        api_version="2025-09-01",
        shape=Shape(
            outside=_TRACKED, children={**_IDENTITY, "autoScalerProfile": Shape(renames=_AUTOSCALER)}
        ),
        create_only=frozenset(
            [
                "diskEncryptionSetID",
                "dnsPrefix",
                "fqdnSubdomain",
                "linuxProfile",
                "nodeResourceGroup",
                "windowsProfile",
            ]
            + [f"networkProfile.{name}" for name in _CLUSTER_NETWORK.split()]
        ),
    ),
    ResourceType(
        name="azure-native:containerservice:AgentPool",
        path=_provider(_CLUSTER + "/agentPools/{agentPoolName}"),
        api_version="2025-09-01",
        shape=Shape(outside=_NOTHING),
        create_only=frozenset({"gpuInstanceProfile", "vmSize", "networkProfile.nodePublicIPTags"}),
        located=False,
        child=True,
    ),
    ResourceType(
        name="azure-native:containerservice:MaintenanceConfiguration",
        path=_provider(_CLUSTER + "/maintenanceConfigurations/{configName}"),
        api_version="2025-09-01",
        shape=Shape(outside=_NOTHING),
        located=False,
        child=True,
    ),
    ResourceType(
        name="azure-native:authorization:RoleAssignment",
        path="/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        api_version="2022-04-01",
        shape=Shape(outside=_NOTHING),
        required=frozenset({"principalId", "roleDefinitionId", "scope"}),
        create_only=frozenset({"principalId", "roleDefinitionId"}),
        located=False,
    ),
    ResourceType(
        name="azure-native:operationalinsights:Workspace",
        path=_provider("Microsoft.OperationalInsights/workspaces/{workspaceName}"),
        api_version="2023-09-01",
        shape=Shape(outside=frozenset({"location", "tags", "identity"}), children=_IDENTITY),
    ),
    ResourceType(
        name="azure-native:storage:StorageAccount",
        path=_provider("Microsoft.Storage/storageAccounts/{accountName}"),
        api_version="2024-01-01",
        shape=Shape(
            outside=_TRACKED,
            renames={
                "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
                "enableNfsV3": "isNfsV3Enabled",
                "networkRuleSet": "networkAcls",
            },
            children={
                **_IDENTITY,
                "networkRuleSet": Shape(
                    children={
                        "ipRules": Shape(renames={"iPAddressOrRange": "value"}),
                        "virtualNetworkRules": Shape(renames={"virtualNetworkResourceId": "id"}),
                    }
                ),
                "encryption": _STORAGE_ENCRYPTION,
            },
        ),
        required=frozenset({"kind", "sku"}),
        create_only=frozenset({"isHnsEnabled", "isNfsV3Enabled", "dnsEndpointType", "extendedLocation"}),
    ),
    ResourceType(
        name="azure-native:network:VirtualNetwork",
        path=_provider("Microsoft.Network/virtualNetworks/{virtualNetworkName}"),
        api_version="2024-05-01",
        shape=Shape(
            outside=frozenset({"location", "tags", "extendedLocation"}), children={"subnets": _ID_BESIDE}
        ),
    ),
]
RESOURCE_TYPES = {known.name: known for known in _ALL}

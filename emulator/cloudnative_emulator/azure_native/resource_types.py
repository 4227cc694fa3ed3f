"""The azure-native types that the stand-in knows: path, API version, shape, and what cannot be changed.

API versions and property names: the wheel pulumi-azure-native 3.29.0. Create-only properties: the list that
azure-native's own metadata carries (pulumi-azure-native#4756 and pull 4771), beside every path parameter and
`location`, which are create-only for all types.
"""

from __future__ import annotations

import re

from .baseline_types import BASELINE
from .resource_type import GROUP, IDENTITY, NOTHING, TRACKED, ResourceType, in_group
from .shapes import Shape

__all__ = ["RESOURCE_TYPES", "ResourceType"]

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
        path=GROUP,
        api_version="2024-03-01",
        shape=Shape(),
    ),
    ResourceType(
        name="azure-native:managedidentity:UserAssignedIdentity",
        path=in_group(_UAI),
        api_version="2023-01-31",
        shape=Shape(outside=TRACKED),
    ),
    ResourceType(
        name="azure-native:managedidentity:FederatedIdentityCredential",
        path=in_group(_UAI + "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}"),
        api_version="2023-01-31",
        shape=Shape(outside=NOTHING),
        required=frozenset({"audiences", "issuer", "subject"}),
        located=False,
        child=True,
    ),
    ResourceType(
        name="azure-native:containerregistry:Registry",
        path=in_group(_REGISTRY),
        api_version="2023-01-01-preview",
        shape=Shape(outside=TRACKED),  # its identities are a map on both sides
        required=frozenset({"sku"}),
        create_only=frozenset({"encryption", "zoneRedundancy"}),
    ),
    ResourceType(
        name="azure-native:containerregistry:Replication",
        path=in_group(_REGISTRY + "/replications/{replicationName}"),
        api_version="2024-11-01-preview",
        shape=Shape(outside=TRACKED),
        create_only=frozenset({"zoneRedundancy"}),
        child=True,
    ),
    ResourceType(
        name="azure-native:containerservice:ManagedCluster",
        path=in_group(_CLUSTER),
        api_version="2025-09-01",
        shape=Shape(
            outside=TRACKED,
            shared_lists=frozenset({"agentPoolProfiles"}),
            children={**IDENTITY, "autoScalerProfile": Shape(renames=_AUTOSCALER)},
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
        path=in_group(_CLUSTER + "/agentPools/{agentPoolName}"),
        api_version="2025-09-01",
        shape=Shape(outside=NOTHING),
        create_only=frozenset({"gpuInstanceProfile", "vmSize", "networkProfile.nodePublicIPTags"}),
        located=False,
        child=True,
    ),
    ResourceType(
        name="azure-native:containerservice:MaintenanceConfiguration",
        path=in_group(_CLUSTER + "/maintenanceConfigurations/{configName}"),
        api_version="2025-09-01",
        shape=Shape(outside=NOTHING),
        located=False,
        child=True,
    ),
    ResourceType(
        name="azure-native:authorization:RoleAssignment",
        path="/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        api_version="2022-04-01",
        shape=Shape(outside=NOTHING),
        required=frozenset({"principalId", "roleDefinitionId", "scope"}),
        create_only=frozenset({"principalId", "roleDefinitionId"}),
        located=False,
    ),
    ResourceType(
        name="azure-native:operationalinsights:Workspace",
        path=in_group("Microsoft.OperationalInsights/workspaces/{workspaceName}"),
        api_version="2023-09-01",
        shape=Shape(outside=frozenset({"location", "tags", "identity"}), children=IDENTITY),
    ),
    ResourceType(
        name="azure-native:storage:StorageAccount",
        path=in_group("Microsoft.Storage/storageAccounts/{accountName}"),
        api_version="2024-01-01",
        shape=Shape(
            outside=TRACKED,
            renames={
                "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
                "enableNfsV3": "isNfsV3Enabled",
                "networkRuleSet": "networkAcls",
            },
            children={
                **IDENTITY,
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
        path=in_group("Microsoft.Network/virtualNetworks/{virtualNetworkName}"),
        api_version="2024-05-01",
        shape=Shape(
            outside=frozenset({"location", "tags", "extendedLocation"}), children={"subnets": _ID_BESIDE}
        ),
    ),
    *BASELINE,
]
RESOURCE_TYPES = {known.name: known for known in _ALL}

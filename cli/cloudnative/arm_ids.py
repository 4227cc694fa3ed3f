"""ARM ids from inputs: our names are fixed, so every id is known before the call that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}"
P = GROUP + "/providers/"


@dataclass(frozen=True)
class Path:
    """Where a type lives and an API version to ask it with."""

    template: str
    api_version: str


PATHS: dict[str, Path] = {
    "resources:ResourceGroup": Path(GROUP, "2024-03-01"),
    "containerservice:ManagedCluster": Path(
        P + "Microsoft.ContainerService/managedClusters/{resourceName}", "2025-09-01"
    ),
    "containerservice:AgentPool": Path(
        P + "Microsoft.ContainerService/managedClusters/{resourceName}/agentPools/{agentPoolName}",
        "2025-09-01",
    ),
    "containerservice:MaintenanceConfiguration": Path(
        P + "Microsoft.ContainerService/managedClusters/{resourceName}"
        "/maintenanceConfigurations/{configName}",
        "2025-09-01",
    ),
    "containerservice:DeploymentSafeguard": Path(
        "/{resourceUri}/providers/Microsoft.ContainerService/deploymentSafeguards/default",
        "2025-04-02-preview",
    ),
    "containerregistry:Registry": Path(
        P + "Microsoft.ContainerRegistry/registries/{registryName}", "2023-07-01"
    ),
    "containerregistry:Replication": Path(
        P + "Microsoft.ContainerRegistry/registries/{registryName}/replications/{replicationName}",
        "2023-07-01",
    ),
    "managedidentity:UserAssignedIdentity": Path(
        P + "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}", "2023-01-31"
    ),
    "managedidentity:FederatedIdentityCredential": Path(
        P + "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
        "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}",
        "2023-01-31",
    ),
    "authorization:RoleAssignment": Path(
        "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}", "2022-04-01"
    ),
    "operationalinsights:Workspace": Path(
        P + "Microsoft.OperationalInsights/workspaces/{workspaceName}", "2023-09-01"
    ),
    "monitor:AzureMonitorWorkspace": Path(
        P + "Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}", "2023-04-03"
    ),
    "monitor:DataCollectionEndpoint": Path(
        P + "Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}", "2022-06-01"
    ),
    "monitor:DataCollectionRule": Path(
        P + "Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}", "2022-06-01"
    ),
    "monitor:DataCollectionRuleAssociation": Path(
        "/{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}",
        "2022-06-01",
    ),
    "monitor:DiagnosticSetting": Path(
        "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}", "2021-05-01-preview"
    ),
    "alertsmanagement:PrometheusRuleGroup": Path(
        P + "Microsoft.AlertsManagement/prometheusRuleGroups/{ruleGroupName}", "2023-03-01"
    ),
    "network:NatGateway": Path(P + "Microsoft.Network/natGateways/{natGatewayName}", "2024-05-01"),
    "network:PublicIPAddress": Path(
        P + "Microsoft.Network/publicIPAddresses/{publicIpAddressName}", "2024-05-01"
    ),
    "network:VirtualNetwork": Path(
        P + "Microsoft.Network/virtualNetworks/{virtualNetworkName}", "2024-05-01"
    ),
    "network:Subnet": Path(
        P + "Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}", "2024-05-01"
    ),
    "storage:StorageAccount": Path(P + "Microsoft.Storage/storageAccounts/{accountName}", "2024-01-01"),
    "keyvault:Vault": Path(P + "Microsoft.KeyVault/vaults/{vaultName}", "2024-11-01"),
}


def arm_path(type_token: str, inputs: dict[str, Any], subscription: str) -> tuple[str, str] | None:
    """(id, api version) of an azure-native resource; None for what this table cannot tell."""
    package, _, token = type_token.partition(":")
    entry = PATHS.get(token)
    if package != "azure-native" or entry is None:
        return None
    names = {key: value.strip("/") for key, value in inputs.items() if isinstance(value, str)}
    try:
        return entry.template.format(subscription=subscription, **names), entry.api_version
    except KeyError:
        return None

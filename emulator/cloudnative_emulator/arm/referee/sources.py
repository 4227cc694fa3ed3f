"""Which published azure-mgmt-* packages the tables are made from, each pinned by the hash of its wheel.

What is here is what clients of ours send: pulumi-azure-native 3.29.0, azure-cli 2.91.0 and the clients of
requirements.lock. Another api-version is judged by the nearest later one.
"""

from __future__ import annotations

from dataclasses import dataclass

_AKS = "Microsoft.ContainerService/managedClusters"
_ACR = "Microsoft.ContainerRegistry/registries"
_UAI = "Microsoft.ManagedIdentity/userAssignedIdentities"

_CLUSTERS = {
    _AKS: "ManagedCluster",
    f"{_AKS}/agentPools": "AgentPool",
    f"{_AKS}/maintenanceConfigurations": "MaintenanceConfiguration",
}
_REGISTRIES = {
    _ACR: "Registry",
    f"{_ACR}/replications": "Replication",
    f"{_ACR}/webhooks": "WebhookCreateParameters",
}
_IDENTITIES = {_UAI: "Identity", f"{_UAI}/federatedIdentityCredentials": "FederatedIdentityCredential"}
_COLLECTION = {
    "Microsoft.Insights/dataCollectionEndpoints": "DataCollectionEndpointResource",
    "Microsoft.Insights/dataCollectionRules": "DataCollectionRuleResource",
    "Microsoft.Insights/dataCollectionRuleAssociations": "DataCollectionRuleAssociationProxyOnlyResource",
}
_NETWORKS = {
    "Microsoft.Network/virtualNetworks": "VirtualNetwork",
    "Microsoft.Network/virtualNetworks/subnets": "Subnet",
    "Microsoft.Network/natGateways": "NatGateway",
    "Microsoft.Network/publicIPAddresses": "PublicIPAddress",
    "Microsoft.Network/privateEndpoints": "PrivateEndpoint",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": "PrivateDnsZoneGroup",
}
_PRIVATE_DNS = {
    "Microsoft.Network/privateDnsZones": "PrivateZone",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "VirtualNetworkLink",
}


@dataclass(frozen=True)
class Source:
    """One package: where in it the models of each api-version are, and which model judges which type."""

    distribution: str
    version: str
    sha256: str
    modules: dict[str, str]  # api-version: module
    models: dict[str, str]  # resource type: model

    @property
    def requirement(self) -> str:
        """As pip is asked for it."""
        return f"{self.distribution}=={self.version} --hash=sha256:{self.sha256}"


def _clusters(version: str, api_version: str, sha256: str) -> Source:
    modules = {api_version: "azure.mgmt.containerservice.models"}
    return Source("azure-mgmt-containerservice", version, sha256, modules, _CLUSTERS)


def _dated(module: str, *api_versions: str) -> dict[str, str]:
    return {version: module.replace("*", "v" + version.replace("-", "_")) for version in api_versions}


SOURCES = (
    _clusters("39.1.0", "2025-07-01", "b46d0eac51a4cfb80533e41b266246ccbe7607d21c4ae6bfbb1f9fb90c6e1244"),
    _clusters("40.1.0", "2025-09-01", "c09a6237624505a121af1ef5a939466b410d47f1d4987c95187651aca15522a7"),
    _clusters("41.0.0", "2026-01-01", "000d95c2f8b248e56113c82f8d2908b82477e9e3d74294fc4219db2f760c8108"),
    _clusters("41.6.0", "2026-06-01", "42aa7c6d3b7464ceb0bb5ef126ba4d354ad536a7019826a635e7795754228f71"),
    _clusters("41.8.0", "2026-08-01", "ef6569e0efe1b82d99554bcb9fd6d888850267d5c4ec94d54544c1fee26b7476"),
    Source(
        "azure-mgmt-containerregistry", "14.0.0",
        "224e823beffe317c59ca4b482df5ee0b2977c3f44cdae59b165513fb47b32b8e",
        _dated("azure.mgmt.containerregistry.*.models", "2023-01-01-preview", "2023-11-01-preview",
               "2024-11-01-preview", "2025-03-01-preview", "2025-04-01"),
        _REGISTRIES,
    ),
    Source(
        "azure-mgmt-containerregistry", "15.0.0",
        "e7d6302e8b993b53c3167a255dd8fae75fc2f1dc0e39ae9fa97fb4b7ed5d25d1",
        {"2025-11-01": "azure.mgmt.containerregistry.models"}, _REGISTRIES,
    ),
    Source(
        "azure-mgmt-containerregistrytasks", "1.0.0b1",
        "1431d8f7290e115475ac84e90485cce0a79350e656fae8f7264683640e4f79be",
        {"2025-03-01-preview": "azure.mgmt.containerregistrytasks.models"},
        {f"{_ACR}/scheduleRun": "DockerBuildRequest"},
    ),
    Source(
        "azure-mgmt-msi", "7.0.0", "bbec45bbaa021cb935a1b84f94e160841722a8073d193783e7f458ba476fbc56",
        _dated("azure.mgmt.msi.*.models", "2023-01-31"), _IDENTITIES,
    ),
    Source(
        "azure-mgmt-msi", "7.1.0", "4810d5559e71bd3c4e3e8bce311753fbe993d2bda23805bb81d3ca66786ad4da",
        _dated("azure.mgmt.msi.*.models", "2024-11-30"), _IDENTITIES,
    ),
    Source(
        "azure-mgmt-resource", "24.0.0", "27b32cd223e2784269f5a0db3c282042886ee4072d79cedc638438ece7cd0df4",
        _dated("azure.mgmt.resource.resources.*.models", "2022-09-01", "2024-07-01", "2024-11-01"),
        {"Microsoft.Resources/resourceGroups": "ResourceGroup"},
    ),
    Source(
        "azure-mgmt-resource", "26.0.0", "ef36559a4c0843b4272aa584efb455c686e4c3f6357421b38c82f405c01a9a9f",
        {"2025-04-01": "azure.mgmt.resource.resources.models"},
        {"Microsoft.Resources/resourceGroups": "ResourceGroup"},
    ),
    Source(
        "azure-mgmt-authorization", "4.0.0",
        "d8feeb3842e6ddf1a370963ca4f61fb6edc124e8997b807dd025bc9b2379cd1a",
        _dated("azure.mgmt.authorization.*.models", "2022-04-01"),
        {"Microsoft.Authorization/roleAssignments": "RoleAssignmentCreateParameters"},
    ),
    Source(
        "azure-mgmt-loganalytics", "13.1.1",
        "73382d5036f478d3f6e856a0effc3637be2ebc782ab667fc45b25707edceaa55",
        {"2025-07-01": "azure.mgmt.loganalytics.models"},
        {"Microsoft.OperationalInsights/workspaces": "Workspace"},
    ),
    Source(
        "azure-mgmt-containerservicesafeguards", "1.0.0b1",
        "ebb962554bc92e84e2319ca3bee78e0a3142661526d940675291a8a8c6e3b77b",
        {"2025-05-02-preview": "azure.mgmt.containerservicesafeguards.models"},
        {"Microsoft.ContainerService/deploymentSafeguards": "DeploymentSafeguard"},
    ),
    Source(
        "azure-mgmt-monitor", "6.0.2", "fe4cf41e6680b74a228f81451dc5522656d599c6f343ecf702fc790fda9a357b",
        _dated("azure.mgmt.monitor.*.models", "2022-06-01"), _COLLECTION,
    ),
    Source(
        "azure-mgmt-monitor", "6.0.2", "fe4cf41e6680b74a228f81451dc5522656d599c6f343ecf702fc790fda9a357b",
        _dated("azure.mgmt.monitor.*.models", "2021-05-01-preview"),
        {"Microsoft.Insights/diagnosticSettings": "DiagnosticSettingsResource"},
    ),
    Source(
        "azure-mgmt-monitor", "7.0.0", "ad63b5d187e21d2d34366271ade6abbeea1fcf76e313ff0f83d394d9c124aa1b",
        {"2023-04-03": "azure.mgmt.monitor.models"},
        {"Microsoft.Monitor/accounts": "AzureMonitorWorkspaceResource"},
    ),
    Source(
        "azure-mgmt-prometheusrulegroups", "1.0.0",
        "127803b6a869b0129aeeafe44a0d90fb821dbc709cc2dd48c0a1b3a0733dc373",
        {"2023-03-01": "azure.mgmt.prometheusrulegroups.models"},
        {"Microsoft.AlertsManagement/prometheusRuleGroups": "PrometheusRuleGroupResource"},
    ),
    Source(
        "azure-mgmt-network", "28.1.0", "8ddb0e9ec8f10c9c152d60fc945908d113e4591f397ea3e40b92290ec2b01658",
        {"2024-05-01": "azure.mgmt.network.models"}, _NETWORKS,
    ),
    Source(
        "azure-mgmt-privatedns", "2.0.0", "c04bfaab7bbfaf2c432dcf4ced18ea0373032f2c87f66d78c17f83baf5930644",
        {"2024-06-01": "azure.mgmt.privatedns.models"}, _PRIVATE_DNS,
    ),
)  # fmt: skip

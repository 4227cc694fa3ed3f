"""The types of a hardened region: its network, its monitoring, and what hangs on a cluster.

Cluster, registry, identities and roles are in `resource_types`; the sources are the same.
"""

from __future__ import annotations

from .resource_type import NOTHING, TRACKED, ResourceType, in_group
from .shapes import Shape

_ON_ANYTHING = "/{resourceUri}/providers/"  # extension resources: their id continues that of what they extend
_COLLECTION = "2022-06-01"
_PLACED = frozenset({"location", "tags", "sku", "zones", "extendedLocation", "id"})
_NAMED = Shape(outside=frozenset({"id", "name", "type"}))
_ENDPOINT = "Microsoft.Network/privateEndpoints/{privateEndpointName}"
_ZONE = "Microsoft.Network/privateDnsZones/{privateZoneName}"

BASELINE = [
    ResourceType(
        name="azure-native:network:PublicIPAddress",
        path=in_group("Microsoft.Network/publicIPAddresses/{publicIpAddressName}"),
        api_version="2024-05-01",
        shape=Shape(outside=_PLACED),
        create_only=frozenset({"sku", "zones", "publicIPAddressVersion"}),
    ),
    ResourceType(
        name="azure-native:network:NatGateway",
        path=in_group("Microsoft.Network/natGateways/{natGatewayName}"),
        api_version="2024-05-01",
        shape=Shape(outside=_PLACED),
        create_only=frozenset({"sku", "zones"}),
    ),
    ResourceType(
        name="azure-native:network:PrivateEndpoint",
        path=in_group(_ENDPOINT),
        api_version="2024-05-01",
        shape=Shape(
            outside=frozenset({"location", "tags", "extendedLocation", "id"}),
            children={"subnet": _NAMED, "privateLinkServiceConnections": _NAMED},
        ),
    ),
    ResourceType(
        name="azure-native:network:PrivateDnsZoneGroup",
        path=in_group(_ENDPOINT + "/privateDnsZoneGroups/{privateDnsZoneGroupName}"),
        api_version="2024-05-01",
        shape=Shape(outside=frozenset({"id", "name"}), children={"privateDnsZoneConfigs": _NAMED}),
        located=False,
        child=True,
    ),
    ResourceType(
        name="azure-native:privatedns:PrivateZone",
        path=in_group(_ZONE),
        api_version="2024-06-01",
        shape=Shape(outside=TRACKED),
    ),
    ResourceType(
        name="azure-native:privatedns:VirtualNetworkLink",
        path=in_group(_ZONE + "/virtualNetworkLinks/{virtualNetworkLinkName}"),
        api_version="2024-06-01",
        shape=Shape(outside=TRACKED),
        create_only=frozenset({"virtualNetwork"}),
        child=True,
    ),
    ResourceType(
        name="azure-native:monitor:AzureMonitorWorkspace",
        path=in_group("Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}"),
        api_version="2023-04-03",
        shape=Shape(outside=TRACKED),
    ),
    ResourceType(
        name="azure-native:monitor:DataCollectionEndpoint",
        path=in_group("Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}"),
        api_version=_COLLECTION,
        shape=Shape(outside=TRACKED),
    ),
    ResourceType(
        name="azure-native:monitor:DataCollectionRule",
        path=in_group("Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}"),
        api_version=_COLLECTION,
        shape=Shape(outside=TRACKED),
    ),
    ResourceType(
        name="azure-native:monitor:DataCollectionRuleAssociation",
        path=_ON_ANYTHING + "Microsoft.Insights/dataCollectionRuleAssociations/{associationName}",
        api_version=_COLLECTION,
        shape=Shape(outside=NOTHING),
        located=False,
    ),
    ResourceType(
        name="azure-native:monitor:DiagnosticSetting",
        path=_ON_ANYTHING + "Microsoft.Insights/diagnosticSettings/{name}",
        api_version="2021-05-01-preview",
        shape=Shape(outside=NOTHING),
        located=False,
    ),
    ResourceType(
        name="azure-native:alertsmanagement:PrometheusRuleGroup",
        path=in_group("Microsoft.AlertsManagement/prometheusRuleGroups/{ruleGroupName}"),
        api_version="2023-03-01",
        shape=Shape(outside=TRACKED),
        required=frozenset({"rules", "scopes"}),
    ),
    ResourceType(
        name="azure-native:containerservice:DeploymentSafeguard",
        path=_ON_ANYTHING + "Microsoft.ContainerService/deploymentSafeguards/default",
        api_version="2025-04-02-preview",
        shape=Shape(outside=NOTHING),
        required=frozenset({"level"}),
        located=False,
    ),
]

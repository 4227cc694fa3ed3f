"""What ARM refuses of networks, monitoring and hardened clusters: the deletes in a wrong order above all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.emulator.arm_home import Home, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

pytestmark = pytest.mark.emulator
NET, INSIGHTS = "/providers/Microsoft.Network", "/providers/Microsoft.Insights"
REGISTRY = "/providers/Microsoft.ContainerRegistry/registries/crprivate"
ENDPOINT, ZONE = f"{NET}/privateEndpoints/pe", f"{NET}/privateDnsZones/privatelink.azurecr.io"
CLUSTER = "/providers/Microsoft.ContainerService/managedClusters/aks"
VERSIONS = {
    "Microsoft.Network": "2024-05-01", "Microsoft.ContainerService": "2025-09-01",
    "Microsoft.Monitor": "2023-04-03", "Microsoft.OperationalInsights": "2023-09-01",
    "Microsoft.ContainerRegistry": "2023-01-01-preview",
}  # fmt: skip


class Arm:
    """ARM's calls on paths below one group."""

    def __init__(self, home: Home) -> None:
        self.home, self.http = home, home.http()
        self.group = home.id("/resourceGroups/rg")

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        namespace = path.rpartition("/providers/")[2].partition("/")[0]
        version = VERSIONS.get(namespace, "2022-06-01")
        version = "2024-06-01" if "privateDnsZones" in path else version
        version = "2021-05-01-preview" if "diagnosticSettings" in path else version
        version = "2025-04-02-preview" if "deploymentSafeguards" in path else version
        return self.http.request(method, self.group + path, params={"api-version": version}, json=body)

    def put(self, path: str, properties: dict[str, Any], **more: Any) -> httpx.Response:
        answer = self.call("PUT", path, {"location": "koreacentral", "properties": properties} | more)
        if "Azure-AsyncOperation" in answer.headers:
            settle(self.http, answer)
        return answer

    def extend(self, path: str, properties: dict[str, Any]) -> httpx.Response:
        """PUT of a type that has no location."""
        return self.call("PUT", path, {"properties": properties})


@pytest.fixture(scope="module")
def arm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arm]:
    home = Home(tmp_path_factory.mktemp("home"))
    made = Arm(home)
    made.http.put(made.group, params={"api-version": "2024-03-01"}, json={"location": "koreacentral"})
    made.put(f"{NET}/publicIPAddresses/pip", {}, sku={"name": "Standard"})
    address = {"id": f"{made.group}{NET}/publicIPAddresses/pip"}
    made.put(f"{NET}/natGateways/ng", {"publicIpAddresses": [address]}, sku={"name": "Standard"})
    subnet = {"addressPrefix": "10.1.0.0/23", "natGateway": {"id": f"{made.group}{NET}/natGateways/ng"}}
    reached = {"addressPrefix": "10.1.2.0/29"}
    subnets = [{"name": "nodes", "properties": subnet}, {"name": "endpoints", "properties": reached}]
    made.put(f"{NET}/virtualNetworks/vnet", {
        "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": subnets,
    })  # fmt: skip
    made.put("/providers/Microsoft.OperationalInsights/workspaces/logs", {})
    made.put("/providers/Microsoft.Monitor/accounts/amw", {})
    made.put(f"{INSIGHTS}/dataCollectionEndpoints/dce", {})
    _make_registry_endpoint(made)
    rule = {"dataCollectionEndpointId": f"{made.group}{INSIGHTS}/dataCollectionEndpoints/dce"}
    made.put(f"{INSIGHTS}/dataCollectionRules/dcr", rule)
    pool = {
        "name": "system", "mode": "System", "vmSize": "Standard_D4ds_v5", "count": 1,
        "vnetSubnetID": f"{made.group}{NET}/virtualNetworks/vnet/subnets/nodes",
    }  # fmt: skip
    made.put(CLUSTER, {"dnsPrefix": "aks", "agentPoolProfiles": [pool]})
    association = {"dataCollectionRuleId": f"{made.group}{INSIGHTS}/dataCollectionRules/dcr"}
    made.extend(f"{CLUSTER}{INSIGHTS}/dataCollectionRuleAssociations/a", association)
    yield made
    home.close()


def _make_registry_endpoint(arm: Arm) -> None:
    arm.put(REGISTRY, {}, sku={"name": "Premium"})
    arm.put(f"{REGISTRY}2", {}, sku={"name": "Standard"})
    answer = arm.put(ENDPOINT, endpoint(arm))
    assert answer.status_code == 201, answer.text
    arm.put(ZONE, {}, location="global")
    network = {"id": f"{arm.group}{NET}/virtualNetworks/vnet"}
    arm.put(f"{ZONE}/virtualNetworkLinks/vnet", {"virtualNetwork": network}, location="global")
    config = {"name": "registry", "properties": {"privateDnsZoneId": arm.group + ZONE}}
    arm.extend(f"{ENDPOINT}/privateDnsZoneGroups/default", {"privateDnsZoneConfigs": [config]})


def endpoint(arm: Arm, registry: str = REGISTRY, subnet: str = "endpoints", group: str = "registry") -> Any:
    """Properties of a private endpoint."""
    target = {"privateLinkServiceId": arm.group + registry, "groupIds": [group]}
    return {
        "subnet": {"id": f"{arm.group}{NET}/virtualNetworks/vnet/subnets/{subnet}"},
        "privateLinkServiceConnections": [{"name": "registry", "properties": target}],
    }


def test_an_endpoint_is_seen_from_the_registry_and_its_addresses_in_the_zone(arm: Arm) -> None:  # ACR-04
    made = arm.call("GET", ENDPOINT).json()["properties"]
    (seen,) = arm.call("GET", REGISTRY).json()["properties"]["privateEndpointConnections"]

    assert seen["properties"]["privateEndpoint"]["id"] == arm.group + ENDPOINT
    assert seen["properties"]["privateLinkServiceConnectionState"]["status"] == "Approved"
    assert {one["fqdn"]: one["ipAddresses"] for one in made["customDnsConfigs"]} == {
        "crprivate.azurecr.io": ["10.1.2.4"],
        "crprivate.koreacentral.data.azurecr.io": ["10.1.2.5"],
    }
    assert arm.call("GET", ZONE).json()["properties"]["numberOfRecordSets"] == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"registry": f"{REGISTRY}2"}, "UnsupportedSkuForPrivateEndpoint"),
        ({"registry": f"{REGISTRY}3"}, "InvalidResourceReference"),
        ({"subnet": "none"}, "InvalidResourceReference"),
        ({"group": "blob"}, "InvalidGroupId"),
    ],
)
def test_what_an_endpoint_cannot_lead_to(arm: Arm, changes: dict[str, str], code: str) -> None:
    answer = arm.put(f"{ENDPOINT}2", endpoint(arm, **changes))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_a_network_knows_one_zone_of_a_name(arm: Arm) -> None:
    network = {"id": f"{arm.group}{NET}/virtualNetworks/vnet"}

    answer = arm.put(f"{ZONE}/virtualNetworkLinks/again", {"virtualNetwork": network}, location="global")

    assert "overlapping namespaces" in answer.json()["error"]["message"]


def test_only_premium_registries_are_closed(arm: Arm) -> None:  # ACR-04
    answer = arm.put(f"{REGISTRY}3", {"publicNetworkAccess": "Disabled"}, sku={"name": "Standard"})

    assert answer.json()["error"]["target"] == "properties.publicNetworkAccess"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{NET}/virtualNetworks/vnet/subnets/endpoints", "InUseSubnetCannotBeDeleted"),
        (ZONE, "CannotDeleteResource"),
        (f"{NET}/virtualNetworks/vnet", "InUseSubnetCannotBeDeleted"),
        (f"{NET}/virtualNetworks/vnet/subnets/nodes", "InUseSubnetCannotBeDeleted"),
        (f"{NET}/natGateways/ng", "InUseNatGatewayCannotBeDeleted"),
        (f"{NET}/publicIPAddresses/pip", "PublicIPAddressCannotBeDeleted"),
        (f"{INSIGHTS}/dataCollectionRules/dcr", "Conflict"),
        (f"{INSIGHTS}/dataCollectionEndpoints/dce", "Conflict"),
    ],
)
def test_what_is_in_use_cannot_be_deleted(arm: Arm, path: str, code: str) -> None:
    answer = arm.call("DELETE", path)

    assert answer.json()["error"]["code"] == code
    assert arm.call("GET", path).status_code == 200


@pytest.mark.parametrize(
    ("path", "properties", "code"),
    [
        (f"{CLUSTER}/maintenanceConfigurations/weekly", {}, "InvalidParameter"),
        (f"{CLUSTER}{INSIGHTS}/diagnosticSettings/x", {}, "BadRequest"),
        (f"{CLUSTER}{INSIGHTS}/dataCollectionRuleAssociations/b", {}, "InvalidPayload"),
        (f"{CLUSTER}/providers/Microsoft.ContainerService/deploymentSafeguards/default", {"level": "Warn"},
         "AzurePolicyNotEnabled"),
        (f"{CLUSTER}/agentPools/apps", {"enableAutoScaling": True, "minCount": 3, "maxCount": 2},
         "InvalidParameter"),
        (f"{CLUSTER}/agentPools/apps", {"mode": "User", "vnetSubnetID": "/subscriptions/s/none"},
         "LinkedInvalidPropertyId"),
    ],
)  # fmt: skip
def test_what_aks_and_azure_monitor_refuse(
    arm: Arm, path: str, properties: dict[str, Any], code: str
) -> None:
    answer = arm.extend(path, properties)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("properties", "target"),
    [
        ({"apiServerAccessProfile": {"enablePrivateCluster": True, "authorizedIPRanges": ["203.0.113.0/24"]}},
         "properties.apiServerAccessProfile"),
        ({"disableLocalAccounts": True}, "properties.disableLocalAccounts"),
        ({"metricsProfile": {"costAnalysis": {"enabled": True}}}, "properties.metricsProfile"),
    ],
)  # fmt: skip
def test_a_cluster_whose_settings_contradict_one_another(
    arm: Arm, properties: dict[str, Any], target: str
) -> None:
    pool = {"name": "system", "mode": "System", "vmSize": "Standard_D4ds_v5", "count": 1}
    answer = arm.put(f"{CLUSTER}2", {"agentPoolProfiles": [pool], **properties})

    assert answer.json()["error"]["target"] == target


def test_a_pool_keeps_its_zones(arm: Arm) -> None:
    path = f"{CLUSTER}/agentPools/zoned"
    zoned = {"mode": "User", "vmSize": "Standard_D4ds_v5", "count": 1, "availabilityZones": ["1"]}
    settle(arm.http, arm.extend(path, zoned))

    answer = arm.extend(path, {**zoned, "availabilityZones": ["1", "2"]})

    assert answer.json()["error"]["code"] == "PropertyChangeNotAllowed"


def test_a_workspace_of_metrics_brings_a_group_and_takes_it_along(arm: Arm) -> None:
    managed = arm.home.id("/resourceGroups/MA_amw_koreacentral_managed")
    version = {"api-version": "2024-03-01"}
    assert arm.http.get(managed, params=version).status_code == 200
    shown = arm.call("GET", "/providers/Microsoft.Monitor/accounts/amw").json()["properties"]
    assert shown["defaultIngestionSettings"]["dataCollectionRuleResourceId"].startswith(managed)


def test_a_group_goes_with_all_of_it_in_whatever_order(arm: Arm) -> None:
    """The last test: it takes everything away."""
    arm.http.delete(arm.group, params={"api-version": "2024-03-01"})

    deadline = time.monotonic() + 60
    while arm.http.get(arm.group, params={"api-version": "2024-03-01"}).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    left = arm.http.get(arm.home.id("/resourceGroups"), params={"api-version": "2024-03-01"}).json()
    assert left["value"] == []

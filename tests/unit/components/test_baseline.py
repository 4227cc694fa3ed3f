"""The Azure baseline, control by control, on what whole environments register: one table for dev and prod."""

from typing import Any, cast

import pytest
from tests.unit.components.harness import TENANT, Recorder
from tests.unit.components.profile_runs import OFFICE, REGIONS, profile

CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
WINDOW = "azure-native:containerservice:MaintenanceConfiguration"
SAFEGUARD = "azure-native:containerservice:DeploymentSafeguard"
REGISTRY = "azure-native:containerregistry:Registry"
REPLICA = "azure-native:containerregistry:Replication"
WORKSPACE = "azure-native:operationalinsights:Workspace"
METRICS = "azure-native:monitor:AzureMonitorWorkspace"
ROLE = "azure-native:authorization:RoleAssignment"
RULE = "azure-native:monitor:DataCollectionRule"
ENDPOINT = "azure-native:monitor:DataCollectionEndpoint"
ASSOCIATION = "azure-native:monitor:DataCollectionRuleAssociation"
DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting"
RECORDING = "azure-native:alertsmanagement:PrometheusRuleGroup"
NETWORK = "azure-native:network:VirtualNetwork"
GATEWAY = "azure-native:network:NatGateway"
ENDPOINT_OF_REGISTRY = "azure-native:network:PrivateEndpoint"
ZONE = "azure-native:privatedns:PrivateZone"
LINK = "azure-native:privatedns:VirtualNetworkLink"
ZONE_GROUP = "azure-native:network:PrivateDnsZoneGroup"
ABSENT = "<left out>"
ROTATED = {
    "enabled": True,
    "config": {"enableSecretRotation": "true", "rotationPollInterval": "2m"},
}
SURGE = {
    "maxSurge": "33%", "drainTimeoutInMinutes": 30, "nodeSoakDurationInMinutes": 5,
    "undrainableNodeBehavior": "Cordon",
}  # fmt: skip
OFF = {"enabled": False}

# control: type, path, value in dev, value in prod (of the first region's resource)
TABLE: list[tuple[str, str, str, Any, Any]] = [
    ("AKS-01", CLUSTER, "sku", {"name": "Base", "tier": "Free"}, {"name": "Base", "tier": "Standard"}),
    ("AKS-02", CLUSTER, "identity.type", "UserAssigned", "UserAssigned"),
    ("AKS-03", CLUSTER, "identityProfile.kubeletidentity.objectId",
     "principal-of-dev-koreacentral-kubelet", "principal-of-prod-koreacentral-kubelet"),
    ("AKS-04", CLUSTER, "enableRBAC", True, True),
    ("AKS-05", CLUSTER, "aadProfile", *[{"managed": True, "enableAzureRBAC": True, "tenantID": TENANT}] * 2),
    ("AKS-06", CLUSTER, "disableLocalAccounts", True, True),
    ("AKS-07", CLUSTER, "apiServerAccessProfile.authorizedIPRanges", [OFFICE], [OFFICE]),
    ("AKS-08", CLUSTER, "apiServerAccessProfile.disableRunCommand", ABSENT, True),
    ("AKS-09", CLUSTER, "oidcIssuerProfile.enabled", True, True),
    ("AKS-10", CLUSTER, "securityProfile.workloadIdentity.enabled", True, True),
    ("AKS-10", CLUSTER, "podIdentityProfile", ABSENT, ABSENT),
    ("AKS-10", CLUSTER, "servicePrincipalProfile", ABSENT, ABSENT),
    ("AKS-11", CLUSTER, "networkProfile.networkPlugin", "azure", "azure"),
    ("AKS-11", CLUSTER, "networkProfile.networkPluginMode", "overlay", "overlay"),
    ("AKS-11", CLUSTER, "networkProfile.networkDataplane", "cilium", "cilium"),
    ("AKS-11", CLUSTER, "networkProfile.networkPolicy", "cilium", "cilium"),
    ("AKS-12", CLUSTER, "networkProfile.loadBalancerSku", "standard", "standard"),
    ("AKS-13", CLUSTER, "networkProfile.outboundType", "loadBalancer", "userAssignedNATGateway"),
    ("AKS-14", CLUSTER, "networkProfile.podCidr", "10.244.0.0/16", "10.244.0.0/16"),
    ("AKS-14", CLUSTER, "networkProfile.dnsServiceIP", "10.0.0.10", "10.0.0.10"),
    ("AKS-15", NETWORK, "subnets.0.addressPrefix", ABSENT, "10.224.0.0/17"),
    ("AKS-15", NETWORK, "subnets.0.defaultOutboundAccess", ABSENT, False),
    ("AKS-15", CLUSTER, "agentPoolProfiles.0.vnetSubnetID", ABSENT,
     "/id/prod-koreacentral-network/subnets/nodes"),
    ("AKS-15", GATEWAY, "sku.name", ABSENT, "Standard"),
    ("AKS-16", CLUSTER, "agentPoolProfiles.0.mode", "System", "System"),
    ("AKS-16", CLUSTER, "agentPoolProfiles.0.nodeTaints", ABSENT, ["CriticalAddonsOnly=true:NoSchedule"]),
    ("AKS-16", CLUSTER, "agentPoolProfiles.0.minCount", 1, 3),
    ("AKS-17", POOL, "mode", ABSENT, "User"),
    ("AKS-17", POOL, "minCount", ABSENT, 3),
    ("AKS-18", CLUSTER, "agentPoolProfiles.0.availabilityZones", ABSENT, ["1", "2", "3"]),
    ("AKS-18", POOL, "availabilityZones", ABSENT, ["1", "2", "3"]),
    ("AKS-19", CLUSTER, "agentPoolProfiles.0.enableAutoScaling", True, True),
    ("AKS-19", CLUSTER, "agentPoolProfiles.0.maxCount", 3, 5),
    ("AKS-19", POOL, "maxCount", ABSENT, 5),
    ("AKS-20", CLUSTER, "autoScalerProfile.balanceSimilarNodeGroups", ABSENT, "true"),
    ("AKS-21", CLUSTER, "agentPoolProfiles.0.osDiskType", ABSENT, "Ephemeral"),
    ("AKS-21", POOL, "osDiskType", ABSENT, "Ephemeral"),
    ("AKS-22", CLUSTER, "agentPoolProfiles.0.enableEncryptionAtHost", ABSENT, True),
    ("AKS-22", POOL, "enableEncryptionAtHost", ABSENT, True),
    ("AKS-23", CLUSTER, "agentPoolProfiles.0.enableNodePublicIP", False, False),
    ("AKS-23", POOL, "enableNodePublicIP", ABSENT, False),
    ("AKS-24", CLUSTER, "agentPoolProfiles.0.maxPods", 110, 110),
    ("AKS-25", CLUSTER, "agentPoolProfiles.0.osSKU", "AzureLinux", "AzureLinux"),
    ("AKS-26", CLUSTER, "agentPoolProfiles.0.upgradeSettings", ABSENT, SURGE),
    ("AKS-27", CLUSTER, "autoUpgradeProfile",
     *[{"upgradeChannel": "patch", "nodeOSUpgradeChannel": "NodeImage"}] * 2),
    ("AKS-28", WINDOW, "configName", ABSENT, "default"),
    ("AKS-28", WINDOW, "maintenanceWindow.schedule.weekly.dayOfWeek", ABSENT, "Tuesday"),
    ("AKS-28", WINDOW, "maintenanceWindow.durationHours", ABSENT, 4),
    ("AKS-29", CLUSTER, "addonProfiles.azurepolicy", {"enabled": True}, {"enabled": True}),
    ("AKS-30", SAFEGUARD, "level", "Warn", "Warn"),
    ("AKS-31", CLUSTER, "addonProfiles.azureKeyvaultSecretsProvider", OFF, ROTATED),
    ("AKS-32", CLUSTER, "addonProfiles.omsagent.enabled", False, True),
    ("AKS-32", CLUSTER, "addonProfiles.omsagent.config.useAADAuth", ABSENT, "true"),
    ("AKS-33", CLUSTER, "azureMonitorProfile.metrics.enabled", False, True),
    ("AKS-34", DIAGNOSTICS, "logAnalyticsDestinationType", ABSENT, "Dedicated"),
    ("AKS-35", CLUSTER, "securityProfile.defender.securityMonitoring.enabled", False, True),
    ("AKS-35", CLUSTER, "securityProfile.defender.logAnalyticsWorkspaceResourceId", ABSENT,
     "/id/prod-koreacentral-logs"),
    ("AKS-36", CLUSTER, "securityProfile.imageCleaner", *[{"enabled": True, "intervalHours": 168}] * 2),
    ("AKS-37", CLUSTER, "securityProfile.azureKeyVaultKms", ABSENT, ABSENT),
    ("AKS-38", CLUSTER, "diskEncryptionSetID", ABSENT, ABSENT),
    ("AKS-39", CLUSTER, "addonProfiles.httpApplicationRouting", ABSENT, ABSENT),
    ("AKS-39", CLUSTER, "addonProfiles.kubeDashboard", ABSENT, ABSENT),
    ("AKS-40", CLUSTER, "ingressProfile", ABSENT, ABSENT),
    ("AKS-41", CLUSTER, "nodeResourceGroup", "rg-cloudnative-dev-krc-nodes", "rg-cloudnative-prod-krc-nodes"),
    ("AKS-41", CLUSTER, "nodeResourceGroupProfile.restrictionLevel", "Unrestricted", "ReadOnly"),
    ("AKS-42", CLUSTER, "metricsProfile", ABSENT, {"costAnalysis": {"enabled": True}}),
    ("AKS-43", CLUSTER, "agentPoolProfiles.0.orchestratorVersion", ABSENT, ABSENT),
    ("AKS-44", CLUSTER, "kubernetesVersion", ABSENT, ABSENT),
    ("AKS-45", CLUSTER, "supportPlan", ABSENT, ABSENT),
    ("AKS-46", CLUSTER, "agentPoolProfiles.0.securityProfile", ABSENT, ABSENT),
    ("AKS-47", POOL, "securityProfile", ABSENT, ABSENT),
    ("AKS-48", CLUSTER, "dnsPrefix", "cloudnative-dev-krc", "cloudnative-prod-krc"),
    ("AKS-49", CLUSTER, "tags.environment", "dev", "prod"),
    ("AKS-49", CLUSTER, "agentPoolProfiles.0.tags.environment", "dev", "prod"),
    ("AKS-50", "azure-native:kubernetesconfiguration:Extension", "extensionName", ABSENT, ABSENT),
    ("ACR-01", REGISTRY, "sku", {"name": "Basic"}, {"name": "Premium"}),
    ("ACR-02", REGISTRY, "adminUserEnabled", False, False),
    ("ACR-03", REGISTRY, "anonymousPullEnabled", False, False),
    ("ACR-04", REGISTRY, "networkRuleSet", ABSENT, ABSENT),
    ("ACR-04", REGISTRY, "publicNetworkAccess", "Enabled", "Enabled"),
    ("ACR-04", ENDPOINT_OF_REGISTRY, "privateEndpointName", ABSENT, ABSENT),
    ("ACR-05", REGISTRY, "networkRuleBypassOptions", "AzureServices", "AzureServices"),
    ("ACR-06", REGISTRY, "policies", ABSENT, {"azureADAuthenticationAsArmPolicy": {"status": "disabled"}}),
    ("ACR-07", REGISTRY, "policies.retentionPolicy", ABSENT, ABSENT),  # `purge` asks the ledgers
    ("ACR-08", REGISTRY, "policies.trustPolicy", ABSENT, ABSENT),
    ("ACR-08", REGISTRY, "policies.quarantinePolicy", ABSENT, ABSENT),
    ("ACR-09", REPLICA, "regionEndpointEnabled", ABSENT, True),
    ("ACR-10", REGISTRY, "zoneRedundancy", "Disabled", "Disabled"),  # the SDK's own words, ignored by Azure
    ("ACR-11", REGISTRY, "dataEndpointEnabled", ABSENT, ABSENT),
    ("ACR-12", DIAGNOSTICS, "metrics", ABSENT, [{"category": "AllMetrics", "enabled": True}]),
    ("ACR-13", "azure-native:containerregistry:CacheRule", "sourceRepository", ABSENT, ABSENT),
    ("ACR-14", REGISTRY, "resourceGroupName", "dev-registry-group", "prod-registry-group"),
    ("ACR-15", REGISTRY, "registryName", "crcloudnativedevbeed70", "crcloudnativeprod81c81b"),
    ("ACR-16", "cloudnative:index:Bundle", "registry", *["cr.azurecr.io"] * 2),  # what Azure answered
    ("OBS-02", RULE, "kind", ABSENT, "Linux"),
    ("OBS-03", RECORDING, "interval", ABSENT, "PT1M"),
]  # fmt: skip


@pytest.mark.parametrize("name", ["dev", "prod"])
@pytest.mark.parametrize(
    ("control", "kind", "path", "values"),
    [(control, kind, path, {"dev": dev, "prod": prod}) for control, kind, path, dev, prod in TABLE],
    ids=[f"{control}-{path}" for control, _, path, *_ in TABLE],
)
def test_control(control: str, kind: str, path: str, values: dict[str, Any], name: str):
    assert found(profile(name), kind, path) == values[name], control


def found(recorder: Recorder, kind: str, path: str) -> Any:
    """The value at the path in the inputs of the first region's first resource of that type."""
    made = [one for one in recorder.made if one.typ == kind]
    home = [one for one in made if "koreacentral" in one.name]  # regions register in any order
    value: Any = (home or made)[0].inputs if made else {}
    for part in path.split("."):
        if isinstance(value, list):
            value = dict(enumerate(cast("list[Any]", value)))
        key = int(part) if part.isdigit() else part
        if key not in value:
            return ABSENT
        value = value[key]
    return value


def test_every_control_of_both_sections_is_decided() -> None:
    wanted = {f"AKS-{n:02}" for n in range(1, 51)} | {f"ACR-{n:02}" for n in range(1, 17)}
    assert wanted == {control for control, *_ in TABLE if control[:3] in ("AKS", "ACR")}


PRIVATE = {"authorized_ip_ranges": (), "private_cluster": True}  # in prod, whose networks are ours


def test_a_private_cluster_takes_the_registry_off_the_internet() -> None:  # ACR-04, ACR-11
    registry = profile("prod", **PRIVATE).one(REGISTRY)
    assert (registry["publicNetworkAccess"], registry["dataEndpointEnabled"]) == ("Disabled", True)
    assert registry["sku"] == {"name": "Premium"}
    cluster = found(profile("prod", **PRIVATE), CLUSTER, "apiServerAccessProfile")
    assert (cluster["enablePrivateCluster"], cluster.get("authorizedIPRanges")) == (True, None)  # AKS-07


def test_with_endpoints_alone_pipelines_still_push_from_outside() -> None:  # ACR-04
    prod = profile("prod", registry_access="endpoints")
    assert prod.one(REGISTRY)["publicNetworkAccess"] == "Enabled"
    assert len(prod.of(ENDPOINT_OF_REGISTRY)) == 3


def test_every_region_reaches_the_registry_through_an_endpoint_of_its_own() -> None:  # ACR-04
    prod = profile("prod", **PRIVATE)
    endpoint = found(prod, ENDPOINT_OF_REGISTRY, "privateLinkServiceConnections.0")
    assert endpoint == {
        "name": "registry", "privateLinkServiceId": "/id/prod-registry", "groupIds": ["registry"],
    }  # fmt: skip
    subnet = "/id/prod-koreacentral-network/subnets/endpoints"
    assert found(prod, ENDPOINT_OF_REGISTRY, "subnet.id") == subnet
    assert found(prod, NETWORK, "subnets.1.addressPrefix") == "10.224.128.0/26"
    assert {one["location"] for one in prod.of(ENDPOINT_OF_REGISTRY)} == set(REGIONS)


def test_the_registrys_name_leads_there_in_that_network() -> None:  # ACR-04
    prod = profile("prod", **PRIVATE)
    assert {one["privateZoneName"] for one in prod.of(ZONE)} == {"privatelink.azurecr.io"}
    assert len({one["resourceGroupName"] for one in prod.of(ZONE)}) == len(prod.of(ZONE_GROUP)) == 3
    assert found(prod, LINK, "virtualNetwork.id") == "/id/prod-koreacentral-network"
    assert found(prod, LINK, "registrationEnabled") is False
    (config,) = found(prod, ZONE_GROUP, "privateDnsZoneConfigs")
    assert config["privateDnsZoneId"] == "/id/prod-koreacentral-registry-zone"


def test_an_endpoint_waits_for_every_replica() -> None:  # GOT-09: a registry takes one write at a time
    waits = profile("prod", **PRIVATE).requests["prod-japaneast-registry-endpoint"].dependencies
    replicas = {"prod-registry-japaneast", "prod-registry-westeurope"}
    assert {urn.rsplit("::", 1)[-1] for urn in waits} >= replicas


def test_every_replica_is_elsewhere_than_the_registry() -> None:  # ACR-09
    prod = profile("prod")
    assert sorted(one["location"] for one in prod.of(REPLICA)) == ["japaneast", "westeurope"]
    assert prod.one(REGISTRY)["location"] == "koreacentral"


def test_upgrades_come_a_day_later_in_every_further_region() -> None:  # AKS-28, CRED-07
    days = {
        one.name: one.inputs["maintenanceWindow"]["schedule"]["weekly"]["dayOfWeek"]
        for one in profile("prod").made
        if one.typ == WINDOW and one.name.endswith("-default")
    }
    assert days == {
        "prod-koreacentral-window-default": "Tuesday",
        "prod-japaneast-window-default": "Wednesday",
        "prod-westeurope-window-default": "Thursday",
    }
    names = {one["configName"] for one in profile("prod").of(WINDOW)}
    assert names == {"default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"}


def test_writes_to_a_cluster_wait_for_one_another() -> None:  # GOT-09
    after = {
        name: {urn.rsplit("::", 1)[-1] for urn in request.dependencies}
        for name, request in profile("prod").requests.items()
    }
    one = "prod-koreacentral"
    assert f"{one}-apps" in after[f"{one}-window-default"]
    assert f"{one}-window-default" in after[f"{one}-window-aksManagedAutoUpgradeSchedule"]
    assert f"{one}-window-aksManagedNodeOSUpgradeSchedule" in after[f"{one}-safeguards"]


def test_what_hangs_on_a_cluster_goes_with_it() -> None:  # GOT-11
    requests = profile("prod").requests
    hanging = [one for one in requests.values() if one.type in (POOL, WINDOW, SAFEGUARD)]
    assert len(hanging) == 3 * 5
    assert all("ManagedCluster::" in one.deletedWith for one in hanging)
    # By themselves, or the rule could not go (it is still associated) and the setting would come back.
    alone = [one for one in requests.values() if one.type in (ASSOCIATION, DIAGNOSTICS)]
    assert alone and not any(one.deletedWith for one in alone)


def test_the_autoscaler_and_upgrades_are_not_undone() -> None:  # GOT-06, GOT-07
    requests = profile("prod").requests
    assert set(requests["prod-koreacentral"].ignoreChanges) == {
        "kubernetesVersion", "currentKubernetesVersion",
        "agentPoolProfiles[*].orchestratorVersion", "agentPoolProfiles[*].count",
    }  # fmt: skip
    assert set(requests["prod-koreacentral-apps"].ignoreChanges) == {"orchestratorVersion", "count"}


@pytest.mark.parametrize(
    ("name", "rule"),
    [("MSProm-koreacentral-aks-cloudnative-prod-krc", "metrics"),
     ("MSCI-koreacentral-aks-cloudnative-prod-krc", "logs")],
)  # fmt: skip
def test_without_its_association_nothing_would_arrive(name: str, rule: str) -> None:  # OBS-02, OBS-04
    (one,) = [each for each in profile("prod").of(ASSOCIATION) if each["associationName"] == name]
    assert one["resourceUri"] == "/id/prod-koreacentral"
    assert one["dataCollectionRuleId"] == f"/id/prod-koreacentral-{rule}-rule"


def test_metrics_go_through_an_endpoint_to_the_workspace_of_their_region() -> None:  # OBS-02
    rule = next(one.inputs for one in profile("prod").made if one.name == "prod-koreacentral-metrics-rule")
    assert rule["dataSources"]["prometheusForwarder"][0]["streams"] == ["Microsoft-PrometheusMetrics"]
    account = rule["destinations"]["monitoringAccounts"][0]
    assert account["accountResourceId"] == "/id/prod-koreacentral-metrics"
    assert len(profile("prod").of(ENDPOINT)[0]["dataCollectionEndpointName"]) <= 44


def test_dashboards_find_what_they_expect_to_be_recorded() -> None:  # OBS-03
    groups = [one for one in profile("prod").of(RECORDING) if "prod-krc" in one["clusterName"]]
    assert {one["ruleGroupName"] for one in groups} == {
        "NodeRecordingRulesRuleGroup-aks-cloudnative-prod-krc",
        "KubernetesRecordingRulesRuleGroup-aks-cloudnative-prod-krc",
    }
    assert all(one["scopes"] == ["/id/prod-koreacentral-metrics", "/id/prod-koreacentral"] for one in groups)


def test_whoever_deploys_may_ask_for_the_metrics() -> None:  # OBS-02
    roles = {one["scope"]: one["roleDefinitionId"] for one in profile("prod").of(ROLE)}
    assert roles["/id/prod-koreacentral-metrics"].endswith("b0d8363b-8ddd-447d-831f-62ca05bff136")


def test_logs_of_control_plane_and_registry_leave_out_what_costs_most() -> None:  # AKS-34, ACR-12
    settings = {one["resourceUri"]: one for one in profile("prod").of(DIAGNOSTICS)}
    plane = [log["category"] for log in settings["/id/prod-koreacentral"]["logs"]]
    assert plane == ["kube-audit-admin", "guard", "cluster-autoscaler", "kube-controller-manager"]
    registry = settings["/id/prod-registry"]
    assert registry["workspaceId"] == "/id/prod-registry-logs"
    assert len(registry["logs"]) == 2


def test_dev_makes_nothing_that_costs_and_is_not_asked_for() -> None:
    dev = profile("dev")
    costly = (
        WORKSPACE,
        METRICS,
        RULE,
        ENDPOINT,
        DIAGNOSTICS,
        RECORDING,
        NETWORK,
        GATEWAY,
        POOL,
        WINDOW,
        REPLICA,
    )
    assert [kind for kind in costly if dev.of(kind)] == []


def test_what_cannot_be_had_back_is_protected_in_prod_alone() -> None:  # GOT-01
    def kept(name: str) -> set[str]:
        return {one.type.rsplit(":", 1)[-1] for one in profile(name).requests.values() if one.protect}

    assert kept("dev") == set()
    assert kept("prod") == {
        "ResourceGroup", "ManagedCluster", "Registry", "VirtualNetwork", "NatGateway", "PublicIPAddress",
    }  # fmt: skip

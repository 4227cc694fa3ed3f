"""The baseline of components by themselves; test_baseline.py has that of whole environments."""

from typing import Any

import pytest
from tests.unit.components.harness import SUBSCRIPTION, TENANT, Recorder, record, run

from cloudnative_components.azure.naming import role_assignment_name
from cloudnative_components.cluster.aks_cluster import AksCluster
from cloudnative_components.cluster.region import Region
from cloudnative_components.registry.container_registry import ContainerRegistry
from cloudnative_toolchain.errors import ConfigError

CLUSTER = "azure-native:containerservice:ManagedCluster"
REGISTRY = "azure-native:containerregistry:Registry"
ROLE = "azure-native:authorization:RoleAssignment"
REGISTRY_ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/cr"


def answers(args: Any) -> dict[str, Any]:
    if args.typ.endswith("UserAssignedIdentity"):
        return {"principalId": f"principal-of-{args.name}", "clientId": f"client-of-{args.name}"}
    return {}


@pytest.fixture(scope="module")
def cluster() -> Recorder:
    recorder = record(answers)

    def program() -> None:
        AksCluster(
            "aks",
            {
                "resource_group_name": "rg",
                "location": "koreacentral",
                "cluster_name": "aks-p-dev-krc",
                "dns_prefix": "p-dev-krc",
                "node_resource_group": "rg-p-dev-krc-nodes",
                "cluster_identity_name": "id-cluster",
                "kubelet_identity_name": "id-kubelet",
                "registry_id": REGISTRY_ID,
                "subscription_id": SUBSCRIPTION,
                "tenant_id": TENANT,
                "deployer_principal_id": "deployer",
                "tags": {"team": "a"},
            },
        )

    run(program)
    return recorder


def role(recorder: Recorder, name: str) -> dict[str, Any]:
    return next(made.inputs for made in recorder.made if made.typ == ROLE and made.name == name)


def test_kubelet_identity_is_made_before_the_cluster_and_may_be_assigned(cluster: Recorder):  # AKS-03
    kubelet = cluster.one(CLUSTER)["identityProfile"]["kubeletidentity"]
    assign = role(cluster, "aks-assign-kubelet")

    assert kubelet["objectId"] == "principal-of-aks-kubelet"
    assert assign["scope"] == "/id/aks-kubelet"
    assert assign["principalId"] == "principal-of-aks-identity"
    assert assign["roleDefinitionId"].endswith("f1a07417-d97a-45cb-824c-7a7467783830")


def test_nodes_may_pull_from_the_registry_and_nothing_else(cluster: Recorder):
    pull = role(cluster, "aks-pull")

    assert pull["scope"] == REGISTRY_ID
    assert pull["principalId"] == "principal-of-aks-kubelet"
    assert pull["principalType"] == "ServicePrincipal"  # GOT-04
    assert pull["roleDefinitionId"].endswith("7f951dda-4ed3-4680-a7ca-43fe172d538d")


def test_role_assignments_are_named_after_what_they_say(cluster: Recorder):  # GOT-03
    expected = role_assignment_name(
        REGISTRY_ID, "principal-of-aks-kubelet", "7f951dda-4ed3-4680-a7ca-43fe172d538d"
    )

    assert role(cluster, "aks-pull")["roleAssignmentName"] == expected


def test_deployer_is_cluster_admin_by_role(
    cluster: Recorder,
):  # AKS-05, AKS-06
    admin = role(cluster, "aks-deployer-admin")

    assert (admin["scope"], admin["principalId"]) == ("/id/aks", "deployer")
    assert admin["roleDefinitionId"].endswith("b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b")
    assert admin["principalType"] == "ServicePrincipal"


def test_cluster_waits_for_its_roles_and_ignores_what_upgrades_change(cluster: Recorder):  # GOT-04, GOT-06
    request = cluster.requests["aks"]
    before = {urn.rsplit("::", 1)[-1] for urn in request.dependencies}

    assert {"aks-pull", "aks-assign-kubelet"} <= before
    assert "kubernetesVersion" in list(request.ignoreChanges)


def test_children_belong_to_the_component_only(cluster: Recorder):
    parents = {request.parent.rsplit("::", 1)[-1] for request in cluster.requests.values() if request.custom}

    assert len(parents) == 1
    assert all(
        request.parent.endswith("AksCluster::aks") for request in cluster.requests.values() if request.custom
    )


def registry(**more: Any) -> Recorder:
    recorder = record()
    given: Any = {"resource_group_name": "rg", "registry_name": "crpdev", "location": "koreacentral", **more}
    run(lambda: ContainerRegistry("cr", given))
    return recorder


@pytest.mark.parametrize("premium_only", ["networkRuleSet", "policies", "dataEndpointEnabled", "encryption"])
def test_basic_registry_sends_nothing_that_only_premium_has(premium_only: str):  # GOT-15
    assert premium_only not in registry().one(REGISTRY)


def test_registry_has_a_group_of_its_own():  # ACR-14
    assert registry().one("azure-native:resources:ResourceGroup")["resourceGroupName"] == "rg"


def test_further_regions_get_a_replica_named_after_them():  # ACR-09
    recorder = registry(sku="Premium", replica_locations=["japaneast"])

    replica = recorder.one("azure-native:containerregistry:Replication")
    assert (replica["replicationName"], replica["location"]) == ("japaneast", "japaneast")
    assert replica["regionEndpointEnabled"] is True


def test_a_private_endpoint_needs_a_network_of_ours():  # ACR-04
    def program() -> None:
        Region("r", {"location": "koreacentral", "cluster_name": "aks", "resource_group_name": "rg",
                     "private_registry_id": REGISTRY_ID})  # fmt: skip

    record(answers)
    with pytest.raises(ConfigError, match="no network for the registry's private endpoint"):
        run(program)

"""Every component as a program in another language makes it: plain dictionaries, and every number a float."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
from tests.unit.components.engine import Plugin
from tests.unit.components.harness import SUBSCRIPTION, record, run

from cloudnative_components import Application
from cloudnative_components.hosted import hosted

SAMPLE = Path(__file__).parents[3] / "samples/notices"
NOTICES: dict[str, Any] = {
    "cloud": "azure", "regions": ["koreacentral"], "application": [str(SAMPLE / "k8s")],
    "builds": {"page": str(SAMPLE / "page")}, "replicas": {"page": 3}, "releaseTimeoutSeconds": 300,
}  # fmt: skip
CLUSTER: dict[str, Any] = {"location": "koreacentral", "resourceGroupName": "rg", "clusterName": "aks-team"}
POOLS = "azure-native:containerservice:ManagedCluster"
RELEASE = "cloudnative:index:Release"


def test_a_registry(remote: Plugin) -> None:
    made = remote.construct(
        "ContainerRegistry",
        resourceGroupName="rg", registryName="crteam", location="koreacentral", sku="Premium",
        replicaLocations=["japaneast"],
    )  # fmt: skip
    assert made["loginServer"] == "cr.azurecr.io"
    assert "it-japaneast" in remote.monitor.made


@pytest.mark.parametrize("component", ["AksCluster", "Region"])
def test_a_cluster_whose_count_of_nodes_is_a_float(remote: Plugin, component: str) -> None:
    made = remote.construct(component, **CLUSTER, nodeCount=2.0)
    assert made["clusterId"] == "/id/it"
    assert remote.one(POOLS)["agentPoolProfiles"][0]["count"] == 2


def test_an_environment_with_its_release(remote: Plugin) -> None:
    made = remote.construct("Environment", **NOTICES, name="dev", nodeCount=2.0, allowAnyIp=True)
    assert made["summary"]["release"]["number"] == 7
    assert remote.one(RELEASE)["timeoutSeconds"] == 300


def test_an_application_for_clusters_of_others(remote: Plugin) -> None:
    made = remote.construct("Application", **NOTICES, registry="r", clusterIds={"koreacentral": "/c/aks"})
    (region,) = made["summary"]["regions"]
    assert (region["cluster"], region["clusterId"]) == ("aks", "/c/aks")
    assert {kind.split(":")[0] for kind, _ in remote.monitor.made.values()} == {"cloudnative"}


def test_floats_make_the_same_objects_as_pythons_whole_numbers(
    remote: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    remote.construct("Application", **NOTICES, registry="r", clusterIds={"koreacentral": "/c"})
    recorder = record(lambda _: {"number": 1, "ref": "r", "hash": "h", "digest": "d", "endpoints": []})
    given: dict[str, Any] = {
        name: NOTICES[name] for name in ("cloud", "regions", "application", "builds", "replicas")
    }
    run(lambda: Application("it", {**given, "registry": "r", "cluster_ids": {"koreacentral": "/c"}}))  # type: ignore[typeddict-item] - spread
    assert remote.one(RELEASE)["objects"] == recorder.one(RELEASE)["objects"]


def test_rights_of_an_application(remote: Plugin) -> None:
    remote.construct(
        "ApplicationAccess",
        principalId="p", namespace="shop", registryId="/r", clusterIds={"koreacentral": "/c"},
    )  # fmt: skip
    roles = {name: inputs["scope"] for name, (_, inputs) in remote.monitor.made.items() if name != "it"}
    assert roles == {
        "it-push": "/r",
        "it-koreacentral-find": "/c",
        "it-koreacentral-shop": "/c/namespaces/shop",
        "it-koreacentral-cloudnative-system": "/c/namespaces/cloudnative-system",
    }
    assert SUBSCRIPTION in remote.monitor.made["it-push"][1]["roleDefinitionId"]


def test_trust_in_a_github_repository_whose_ids_are_floats(remote: Plugin) -> None:
    made = remote.construct(
        "GitHubTrust",
        cloud="azure", project="shop", environment="prod", location="koreacentral",
        repository="acme/shop", ownerId=12.0, repositoryId=34.0,
    )  # fmt: skip
    assert made["summary"]["subscription"] == SUBSCRIPTION
    assert remote.monitor.made["it-deploy-1"][1]["subject"] == "repo:acme@12/shop@34:environment:prod"


def test_no_component_is_forgotten_here() -> None:
    tested = {"AksCluster", "Application", "ApplicationAccess", "ContainerRegistry", "Environment", "Region"}
    tested.add("GitHubTrust")
    components = {one.__name__ for one in hosted() if issubclass(one, pulumi.ComponentResource)}
    assert components == tested

"""The real Azure CLI, pointed at the emulator: it lists and shows what `up` made, and its kubeconfig works.

With it the twins that must fail: a wrong secret, a cluster that is not there, nobody signed in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.arm import endpoint
from tests.acceptance.project import Project
from tests.emulator.azure_cli import AzureCli

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def az(project: Project, first_up: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureCli]:
    """Signed in as the deployer."""
    az = AzureCli(endpoint(project.home), tmp_path_factory.mktemp("az"))
    assert az.login().returncode == 0
    yield az
    az.run("account", "clear")


@pytest.fixture(scope="module")
def cluster(first_up: Any) -> str:
    return str(first_up["regions"][0]["cluster"])


@pytest.fixture(scope="module")
def kubeconfig(az: AzureCli, group: str, cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `az aks get-credentials` writes, for kubelogin by way of `az`."""
    file = tmp_path_factory.mktemp("kubeconfig") / "config"
    az.run("aks", "get-credentials", "--resource-group", group, "--name", cluster, "--file", str(file))
    done = az.shell(["kubelogin", "convert-kubeconfig", "--login", "azurecli", "--kubeconfig", str(file)])
    assert done.returncode == 0, done.stderr
    return file


@pytest.fixture(scope="module")
def group(az: AzureCli, cluster: str) -> str:
    """The group that the cluster lies in."""
    return next(str(one["resourceGroup"]) for one in az.run("aks", "list") if one["name"] == cluster)


def test_the_subscription_is_the_emulators(project: Project, az: AzureCli) -> None:
    shown = az.run("account", "show")
    assert shown["id"] == endpoint(project.home)["subscription"]
    assert (shown["environmentName"], shown["state"]) == ("emulator", "Enabled")


def test_every_resource_of_the_state_is_listed(project: Project, az: AzureCli, group: str) -> None:
    groups = {one["name"] for one in az.run("group", "list")}
    assert {group, f"{group}-nodes"} <= groups
    kinds = {one["type"] for one in az.run("resource", "list", "--resource-group", group)}
    assert {
        "Microsoft.ContainerService/managedClusters",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
    } <= kinds


def test_the_cluster_is_shown_with_the_baseline(az: AzureCli, group: str, cluster: str) -> None:
    shown = az.run("aks", "show", "--resource-group", group, "--name", cluster)
    assert shown["provisioningState"] == "Succeeded"
    assert shown["powerState"]["code"] == "Running"
    assert shown["disableLocalAccounts"] is True  # AKS-06
    assert shown["aadProfile"]["enableAzureRbac"] is True  # AKS-05
    pools = az.run("aks", "nodepool", "list", "--resource-group", group, "--cluster-name", cluster)
    assert [pool["mode"] for pool in pools if pool["name"] == "system"] == ["System"]


def test_the_registry_holds_the_images_of_the_release(az: AzureCli, first_up: Any) -> None:
    registry = az.run("acr", "list")[0]
    assert registry["adminUserEnabled"] is False  # ACR-02
    repositories = az.run("acr", "repository", "list", "--name", registry["name"])
    assert {f"shipping/{service}" for service in first_up["release"]["images"]} <= set(repositories)


def test_the_nodes_may_pull_and_the_deployer_may_release(az: AzureCli) -> None:
    roles = {one["roleDefinitionName"] for one in az.run("role", "assignment", "list", "--all")}
    assert {"AcrPull", "AcrPush", "Azure Kubernetes Service RBAC Cluster Admin"} <= roles


def test_its_kubeconfig_works_with_kubelogin(az: AzureCli, first_up: Any, kubeconfig: Path) -> None:
    asked = ["get", "deployments,statefulsets", "--all-namespaces", "--output", "json"]
    done = az.shell(["kubectl", "--kubeconfig", str(kubeconfig), *asked])
    assert done.returncode == 0, done.stderr
    names = {one["metadata"]["name"] for one in json.loads(done.stdout)["items"]}
    assert set(first_up["release"]["images"]) <= names


def test_its_kubeconfig_holds_no_secret(project: Project, kubeconfig: Path) -> None:
    text = kubeconfig.read_text()
    assert endpoint(project.home)["client_secret"] not in text
    assert "token:" not in text and "client-key-data" not in text


def test_local_accounts_are_off(az: AzureCli, group: str, cluster: str) -> None:
    asked = ["--resource-group", group, "--name", cluster, "--admin", "--file", "-"]
    done = az.try_run("aks", "get-credentials", *asked)
    assert done.returncode == 1
    assert "disable local accounts" in done.stderr


def test_a_cluster_that_is_not_there_is_not_found(az: AzureCli, group: str) -> None:
    done = az.try_run("aks", "show", "--resource-group", group, "--name", "nobody")
    assert done.returncode == 3
    assert "ResourceNotFound" in done.stderr


def test_a_wrong_secret_is_refused(project: Project, first_up: Any, tmp_path: Path) -> None:
    done = AzureCli(endpoint(project.home), tmp_path).login("wrong")
    assert done.returncode == 1
    assert "AADSTS7000215" in done.stderr


def test_whoever_is_not_signed_in_reaches_no_cluster(
    project: Project, first_up: Any, kubeconfig: Path, tmp_path: Path
) -> None:
    nobody = AzureCli(endpoint(project.home), tmp_path)
    done = nobody.shell(["kubectl", "--kubeconfig", str(kubeconfig), "get", "--raw", "/api"])
    assert done.returncode == 1
    assert "az login" in done.stderr


@pytest.mark.parametrize(
    "fix",
    [
        "account list --query [?state=='Enabled'] --output table",
        "provider register --namespace Microsoft.ContainerService --wait",
        "feature register --namespace Microsoft.Compute --name EncryptionAtHost",
        "aks get-versions --location koreacentral --output table",
        "vm list-skus --location koreacentral --resource-type virtualMachines --output table",
    ],
)
def test_what_preflight_tells_people_to_type_is_understood(az: AzureCli, fix: str) -> None:
    done = az.shell(["az", *fix.split(" ")])
    assert done.returncode == 0, done.stderr


def test_the_role_that_preflight_asks_an_owner_for_can_be_given(project: Project, az: AzureCli) -> None:
    at = endpoint(project.home)
    who = ["--assignee-object-id", str(at["object_id"]), "--assignee-principal-type", "ServicePrincipal"]
    role = ["--role", "Role Based Access Control Administrator"]
    made = az.run(
        "role", "assignment", "create", *who, *role, "--scope", f"/subscriptions/{at['subscription']}"
    )
    az.run("role", "assignment", "delete", "--ids", made["id"])

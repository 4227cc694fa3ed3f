"""More of what Microsoft's own clients do, unmodified: lists, updates, deletes; and every kind of fault."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.containerservice import ContainerServiceClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.resources import ResourceManagementClient
from tests.emulator.arm_home import Home, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator
HERE = {"location": "koreacentral"}
POOL = {"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4s_v5"}
CLUSTER = {**HERE, "properties": {"agentPoolProfiles": [POOL]}}
IDENTITY = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-fault"
AKS, MSI = {"api-version": "2026-08-01"}, {"api-version": "2024-11-30"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    home.client(ResourceManagementClient).resource_groups.create_or_update("rg", HERE)
    yield home
    home.close()


def test_groups_are_listed_by_tag_and_made_only_where_azure_has_a_region(home: Home) -> None:
    groups = home.client(ResourceManagementClient).resource_groups
    groups.create_or_update("rg-tagged", {**HERE, "tags": {"who": "me"}})
    assert [one.name for one in groups.list(filter="tagName eq 'who' and tagValue eq 'me'")] == ["rg-tagged"]
    with pytest.raises(HttpResponseError, match="LocationNotAvailableForResourceGroup"):
        groups.create_or_update("rg-moon", {"location": "moon"})


def test_a_resource_keeps_the_case_of_its_first_put(home: Home) -> None:
    identities = home.client(ManagedServiceIdentityClient).user_assigned_identities
    first = identities.create_or_update("rg", "id-Case", HERE)
    assert identities.create_or_update("RG", "ID-CASE", {**HERE, "tags": {"a": "b"}}).id == first.id
    resources = home.client(ResourceManagementClient).resources
    assert resources.check_existence_by_id(first.id.upper(), api_version=MSI["api-version"])
    assert not resources.check_existence_by_id(first.id + "x", api_version=MSI["api-version"])


def test_identities_are_listed_updated_and_deleted(home: Home) -> None:
    client = home.client(ManagedServiceIdentityClient)
    identities = client.user_assigned_identities
    identities.create_or_update("rg", "id-ops", HERE)
    assert identities.update("rg", "id-ops", {"tags": {"a": "b"}}).tags == {"a": "b"}
    assert "id-ops" in [one.name for one in identities.list_by_subscription()]
    trust = {"properties": {"issuer": "https://i", "subject": "s", "audiences": ["a"]}}
    client.federated_identity_credentials.create_or_update("rg", "id-ops", "fic", trust)
    client.federated_identity_credentials.delete("rg", "id-ops", "fic")
    with pytest.raises(ResourceNotFoundError):
        client.federated_identity_credentials.get("rg", "id-ops", "fic")
    identities.delete("rg", "id-ops")
    assert "id-ops" not in [one.name for one in identities.list_by_resource_group("rg")]


def test_registries_are_listed_updated_and_replicated(home: Home) -> None:
    client = home.client(ContainerRegistryManagementClient)
    body = {**HERE, "sku": {"name": "Premium"}}
    client.registries.begin_create("rg", "croperations", body).result()
    assert [one.name for one in client.registries.list()] == ["croperations"]
    assert [one.name for one in client.registries.list_by_resource_group("rg")] == ["croperations"]
    change = {"tags": {"a": "b"}, "properties": {"publicNetworkAccess": "Disabled"}}
    changed = client.registries.begin_update("rg", "croperations", change).result()
    assert (changed.tags, changed.public_network_access, changed.sku.name) == (
        {"a": "b"},
        "Disabled",
        "Premium",
    )
    west = {"location": "westeurope"}
    client.replications.begin_create("rg", "croperations", "westeurope", west).result()
    assert [one.name for one in client.replications.list("rg", "croperations")] == ["westeurope"]
    usages = {
        one.name: one.current_value for one in client.registries.list_usages("rg", "croperations").value
    }
    assert usages["Geo-replications"] == 2
    client.replications.begin_delete("rg", "croperations", "westeurope").result()
    assert list(client.replications.list("rg", "croperations")) == []
    client.registries.begin_delete("rg", "croperations").result()


def test_an_update_is_judged_by_itself(home: Home) -> None:
    registries = home.client(ContainerRegistryManagementClient).registries
    registries.begin_create("rg", "crpatched", {**HERE, "sku": {"name": "Basic"}}).result()
    with pytest.raises(HttpResponseError, match="adminUser: RegistryProperties has no such key"):
        registries.begin_update("rg", "crpatched", {"properties": {"adminUser": True}})
    registries.begin_delete("rg", "crpatched").result()


def test_clusters_are_listed_tagged_and_have_maintenance_windows(home: Home) -> None:
    client = home.client(ContainerServiceClient)
    client.managed_clusters.begin_create_or_update("rg", "aks-ops", CLUSTER).result()
    assert "aks-ops" in [one.name for one in client.managed_clusters.list()]
    tagged = client.managed_clusters.begin_update_tags("rg", "aks-ops", {"tags": {"a": "b"}}).result()
    assert tagged.tags == {"a": "b"}
    assert [one.name for one in client.managed_clusters.list_by_resource_group("rg")] == ["aks-ops"]
    window = {"properties": {"timeInWeek": [{"day": "Monday", "hourSlots": [1]}]}}
    configurations = client.maintenance_configurations
    configurations.create_or_update("rg", "aks-ops", "default", window)
    assert [one.name for one in configurations.list_by_managed_cluster("rg", "aks-ops")] == ["default"]
    configurations.delete("rg", "aks-ops", "default")
    client.managed_clusters.begin_delete("rg", "aks-ops").result()


def test_a_cluster_under_way_is_neither_started_nor_stopped(home: Home) -> None:
    client, home.backend.seconds = home.http(), 0.5
    path = home.id("/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-under-way")
    begun = client.put(path, params=AKS, json=CLUSTER)
    refused = client.post(f"{path}/stop", params=AKS)
    home.backend.seconds = 0
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "AnotherOperationInProgress")
    assert settle(client, begun)["status"] == "Succeeded"


def test_role_assignments_are_read_listed_and_deleted_by_id(home: Home) -> None:
    client = home.client(AuthorizationManagementClient)
    scope, principal = home.id("/resourceGroups/rg"), "11111111-2222-3333-4444-555555555555"
    role = next(iter(client.role_definitions.list(scope, filter="roleName eq 'AcrPush'")))
    assert client.role_definitions.get_by_id(role.id).role_name == "AcrPush"
    sent = {"properties": {"principalId": principal, "roleDefinitionId": role.id,
                           "principalType": "ServicePrincipal"}}  # fmt: skip
    made = client.role_assignments.create(scope, "bbbbbbbb-0000-4000-8000-000000000001", sent)
    assert client.role_assignments.get_by_id(made.id).principal_id == principal
    assert made.id in [one.id for one in client.role_assignments.list_for_subscription()]
    client.role_assignments.delete_by_id(made.id)
    assert made.id not in [one.id for one in client.role_assignments.list_for_subscription()]


def test_a_whole_document_can_be_sent_back_but_nothing_read_only_be_changed(home: Home) -> None:
    """What `az resource tag` and `az resource update` do."""
    client, path = home.http(), home.id(IDENTITY) + "-back"
    got = client.put(path, params=MSI, json=HERE).json()
    back = client.put(path, params=MSI, json={**got, "tags": {"a": "b"}}).json()
    assert (back["tags"], back["properties"]) == ({"a": "b"}, got["properties"])
    changed = {**got, "properties": {**got["properties"], "principalId": "mine"}}
    refused = client.put(path, params=MSI, json=changed).json()["error"]
    assert refused["target"] == "properties.principalId"


def test_a_cluster_comes_back_as_it_was_shown_and_tells_its_upgrades(home: Home) -> None:
    client = home.client(ContainerServiceClient)
    older: dict[str, Any] = {
        **HERE,
        "identity": {"type": "SystemAssigned"},
        "properties": {"agentPoolProfiles": [POOL], "kubernetesVersion": "1.35"},
    }
    client.managed_clusters.begin_create_or_update("rg", "aks-back", older).result()
    http, path = (
        home.http(),
        home.id("/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-back"),
    )
    got = http.get(path, params=AKS).json()
    assert settle(http, http.put(path, params=AKS, json=got))["status"] == "Succeeded"
    now = http.get(path, params=AKS).json()
    assert (now["properties"], now["identity"]) == (got["properties"], got["identity"])
    profile = client.managed_clusters.get_upgrade_profile("rg", "aks-back").control_plane_profile
    assert [one.kubernetes_version for one in profile.upgrades] == ["1.36.3"]
    client.managed_clusters.begin_delete("rg", "aks-back").result()


def test_a_cluster_without_entra_gives_its_users_a_local_account(home: Home) -> None:
    clusters = home.client(ContainerServiceClient).managed_clusters
    clusters.begin_create_or_update("rg", "aks-local", CLUSTER).result()
    value = clusters.list_cluster_user_credentials("rg", "aks-local").kubeconfigs[0].value
    assert json.loads(bytes(value))["users"][0]["name"] == "clusterUser_rg_aks-local"
    clusters.begin_delete("rg", "aks-local").result()


def test_a_provider_tells_the_api_versions_that_can_be_judged(home: Home) -> None:
    found = home.client(ResourceManagementClient).providers.get("Microsoft.ContainerService").resource_types
    versions = {one.resource_type: one.api_versions for one in found}
    assert versions["managedClusters"][0] == "2026-08-01"


@pytest.fixture
def faults(home: Home) -> Iterator[Any]:
    path = home.path / "emulator" / "faults.json"

    def write(**rule: Any) -> None:
        path.write_text(json.dumps({"rules": [rule]}))

    yield write
    path.unlink(missing_ok=True)


def test_a_call_cut_before_it_was_heard_does_nothing(home: Home, faults: Any) -> None:
    faults(method="PUT", path="id-fault$", calls="1", drop="before")
    client = home.http()
    with pytest.raises(httpx.RemoteProtocolError):
        client.put(home.id(IDENTITY), params=MSI, json=HERE)
    assert client.get(home.id(IDENTITY), params=MSI).status_code == 404


def test_a_call_can_be_done_and_yet_answered_with_an_error_of_ones_own(home: Home, faults: Any) -> None:
    faults(
        method="PUT",
        path="id-fault-done$",
        after=True,
        status=500,
        body={"error": {"code": "Mine"}},
        delay=0.2,
    )
    client, began = home.http(), time.monotonic()
    answer = client.put(home.id(IDENTITY) + "-done", params=MSI, json=HERE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "Mine")
    assert time.monotonic() - began > 0.2
    assert client.get(home.id(IDENTITY) + "-done", params=MSI).status_code == 200


def test_an_operation_that_never_ends_is_ended_by_a_delete(home: Home, faults: Any) -> None:
    path = home.id("/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-hangs")
    faults(method="PUT", path="aks-hangs$", operation="hang")
    client = home.http()
    begun = client.put(path, params=AKS, json=CLUSTER)
    assert client.get(begun.headers["Azure-AsyncOperation"]).json()["status"] == "InProgress"
    assert client.delete(path, params=AKS).status_code == 202
    assert settle(client, begun)["status"] == "Canceled"


def test_the_request_log_names_the_rule_that_was_played(home: Home, faults: Any) -> None:
    faults(name="too busy", path="id-fault-named$", status=429)
    home.http().get(home.id(IDENTITY) + "-named", params=MSI)
    lines = (home.path / "emulator" / "requests.ndjson").read_text().splitlines()
    line = next(json.loads(one) for one in lines if "id-fault-named" in one)
    assert (line["fault"], line["status"]) == ("too busy", 429)

"""Microsoft's own clients, unmodified, against a running HTTP side (clusters are a labelled fake here)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.containerservice import ContainerServiceClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.resources import ResourceManagementClient
from tests.emulator.arm_home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
CLUSTER = {
    "location": "koreacentral",
    "identity": {"type": "SystemAssigned"},
    "properties": {
        "dnsPrefix": "aks",
        "kubernetesVersion": "1.36",
        "disableLocalAccounts": True,
        "aadProfile": {"managed": True, "enableAzureRBAC": True},
        "oidcIssuerProfile": {"enabled": True},
        "agentPoolProfiles": [{"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4s_v5"}],
    },
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    home.client(ResourceManagementClient).resource_groups.create_or_update("rg", {"location": "koreacentral"})
    yield home
    home.close()


def test_a_group_is_created_read_listed_tagged_and_deleted_with_what_is_in_it(home: Home) -> None:
    groups = home.client(ResourceManagementClient).resource_groups
    groups.create_or_update("rg-Life", {"location": "Korea Central", "tags": {"a": "1"}})
    assert groups.get("RG-LIFE").location == "koreacentral"
    assert groups.check_existence("rg-life")
    groups.update("rg-life", {"tags": {"a": "2"}})
    assert [group.tags for group in groups.list() if group.name == "rg-Life"] == [{"a": "2"}]
    home.client(ManagedServiceIdentityClient).user_assigned_identities.create_or_update(
        "rg-life", "id-one", {"location": "koreacentral"}
    )
    groups.begin_delete("rg-life").result()
    assert not groups.check_existence("rg-life")
    groups.create_or_update("rg-life", {"location": "koreacentral"})
    assert list(home.client(ResourceManagementClient).resources.list_by_resource_group("rg-life")) == []


def test_a_missing_group_is_told_from_a_missing_resource(home: Home) -> None:
    clusters = home.client(ContainerServiceClient).managed_clusters
    with pytest.raises(ResourceNotFoundError, match="ResourceGroupNotFound"):
        clusters.get("rg-nowhere", "aks")
    with pytest.raises(ResourceNotFoundError, match=r"\(ResourceNotFound\)"):
        clusters.get("rg", "aks-nowhere")


def test_a_wrong_secret_is_an_authentication_error(home: Home) -> None:
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        home.credential("wrong").get_token(home.arm + "/.default")


def test_a_cluster_lives_through_create_stop_start_update_and_delete(home: Home) -> None:
    client = home.client(ContainerServiceClient)
    clusters = client.managed_clusters
    made = clusters.begin_create_or_update("rg", "aks-life", CLUSTER).result()
    assert (made.provisioning_state, made.current_kubernetes_version) == ("Succeeded", "1.36.3")
    assert made.oidc_issuer_profile.issuer_url.startswith("https://127.0.0.1")
    assert made.identity_profile["kubeletidentity"].client_id
    assert made.agent_pool_profiles[0].count == 1
    clusters.begin_stop("rg", "aks-life").result()
    assert clusters.get("rg", "aks-life").power_state.code == "Stopped"
    clusters.begin_start("rg", "aks-life").result()
    assert clusters.get("rg", "aks-life").power_state.code == "Running"
    assert clusters.begin_update_tags("rg", "aks-life", {"tags": {"x": "y"}}).result().tags == {"x": "y"}
    assert "aks-life" in [one.name for one in clusters.list()]
    groups = home.client(ResourceManagementClient).resource_groups
    assert groups.check_existence(made.node_resource_group)
    clusters.begin_delete("rg", "aks-life").result()
    assert not groups.check_existence(made.node_resource_group)
    assert home.backend.calls[-1][0] == "delete"


def test_agent_pools_come_and_go_but_the_last_system_pool_stays(home: Home) -> None:
    client = home.client(ContainerServiceClient)
    client.managed_clusters.begin_create_or_update("rg", "aks-pools", CLUSTER).result()
    pool = {"properties": {"mode": "User", "count": 3, "vmSize": "Standard_D2s_v5", "nodeLabels": {"a": "b"}}}
    made = client.agent_pools.begin_create_or_update("rg", "aks-pools", "user", pool).result()
    assert (made.count, made.provisioning_state) == (3, "Succeeded")
    spec = home.backend.specs[
        home.id("/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-pools")
    ]
    assert [(one.name, one.count, one.labels) for one in spec.pools] == [
        ("system", 1, {}),
        ("user", 3, {"a": "b"}),
    ]
    client.agent_pools.begin_delete("rg", "aks-pools", "user").result()
    assert [one.name for one in client.agent_pools.list("rg", "aks-pools")] == ["system"]
    with pytest.raises(HttpResponseError, match="at least one System"):
        client.agent_pools.begin_delete("rg", "aks-pools", "system").result()


def test_credentials_are_an_exec_kubeconfig_and_the_admin_is_refused(home: Home) -> None:
    clusters = home.client(ContainerServiceClient).managed_clusters
    clusters.begin_create_or_update("rg", "aks-cred", CLUSTER).result()
    value = clusters.list_cluster_user_credentials("rg", "aks-cred").kubeconfigs[0].value
    user = json.loads(bytes(value))["users"][0]["user"]
    assert user["exec"]["command"] == "kubelogin"
    with pytest.raises(HttpResponseError, match="disable local accounts"):
        clusters.list_cluster_admin_credentials("rg", "aks-cred")


def test_kubernetes_versions_are_those_the_back_end_can_boot(home: Home) -> None:
    values = (
        home.client(ContainerServiceClient)
        .managed_clusters.list_kubernetes_versions("koreacentral")
        .values_property
    )
    assert {one.version: list(one.patch_versions) for one in values} == {
        "1.35": ["1.35.2"],
        "1.36": ["1.36.3"],
    }


def test_a_registry_name_is_checked_and_taken(home: Home) -> None:
    registries = home.client(ContainerRegistryManagementClient).registries
    ask = {"name": "crclients", "type": "Microsoft.ContainerRegistry/registries"}
    assert registries.check_name_availability(ask).name_available
    made = registries.begin_create(
        "rg", "crclients", {"location": "koreacentral", "sku": {"name": "Basic"}}
    ).result()
    assert made.login_server.startswith("127.0.0.1:")
    assert not registries.check_name_availability(ask).name_available
    with pytest.raises(HttpResponseError, match="admin user is disabled"):
        registries.list_credentials("rg", "crclients")
    registries.begin_update("rg", "crclients", {"properties": {"adminUserEnabled": True}}).result()
    assert registries.list_credentials("rg", "crclients").username == "crclients"
    registries.begin_delete("rg", "crclients").result()
    assert registries.check_name_availability(ask).name_available


def test_identities_keep_their_ids_and_take_federated_credentials(home: Home) -> None:
    client = home.client(ManagedServiceIdentityClient)
    first = client.user_assigned_identities.create_or_update("rg", "id-keep", {"location": "koreacentral"})
    again = client.user_assigned_identities.create_or_update(
        "rg", "id-keep", {"location": "koreacentral", "tags": {"a": "b"}}
    )
    assert (first.principal_id, first.client_id) == (again.principal_id, again.client_id)
    trust = {
        "properties": {"issuer": "https://i", "subject": "s", "audiences": ["api://AzureADTokenExchange"]}
    }
    client.federated_identity_credentials.create_or_update("rg", "id-keep", "fic", trust)
    assert [one.subject for one in client.federated_identity_credentials.list("rg", "id-keep")] == ["s"]


def test_a_second_identical_role_assignment_is_refused(home: Home) -> None:
    client = home.client(AuthorizationManagementClient)
    scope = home.id("/resourceGroups/rg")
    role = next(iter(client.role_definitions.list(scope, filter="roleName eq 'AcrPull'")))
    assert role.name == ACR_PULL
    sent = {"properties": {"principalId": "11111111-2222-3333-4444-555555555555", "roleDefinitionId": role.id,
                           "principalType": "ServicePrincipal"}}  # fmt: skip
    client.role_assignments.create(scope, "aaaaaaaa-0000-4000-8000-000000000001", sent)
    client.role_assignments.create(scope, "aaaaaaaa-0000-4000-8000-000000000001", sent)
    with pytest.raises(HttpResponseError, match="RoleAssignmentExists"):
        client.role_assignments.create(scope, "aaaaaaaa-0000-4000-8000-000000000002", sent)
    listed = client.role_assignments.list_for_scope(
        scope, filter="principalId eq '11111111-2222-3333-4444-555555555555'"
    )
    assert len(list(listed)) == 1
    client.role_assignments.delete(scope, "aaaaaaaa-0000-4000-8000-000000000001")


def test_resources_are_listed_by_filter(home: Home) -> None:
    home.client(ManagedServiceIdentityClient).user_assigned_identities.create_or_update(
        "rg", "id-listed", {"location": "koreacentral", "tags": {"who": "me"}}
    )
    resources = home.client(ResourceManagementClient).resources
    wanted = "tagName eq 'who' and tagValue eq 'me'"
    assert [one.name for one in resources.list(filter=wanted)] == ["id-listed"]


def test_a_subscription_tells_its_providers_and_locations(home: Home) -> None:
    providers = home.client(ResourceManagementClient).providers
    assert providers.unregister("Microsoft.ContainerService").registration_state == "NotRegistered"
    assert providers.register("Microsoft.ContainerService").registration_state == "Registered"
    assert "Microsoft.ContainerRegistry" in [one.namespace for one in providers.list()]
    ask = {"api-version": "2022-12-01"}
    locations = home.http().get(home.id("/locations"), params=ask).json()["value"]
    assert "koreacentral" in [one["name"] for one in locations if "availabilityZoneMappings" in one]
    usages = home.http().get(
        home.id("/providers/Microsoft.Compute/locations/koreacentral/usages"), params=ask
    )
    assert usages.json()["value"][0]["name"]["value"] == "cores"
    skus = home.http().get(
        home.id("/providers/Microsoft.Compute/skus"), params={**ask, "$filter": "location eq 'koreacentral'"}
    )
    assert "Standard_D4s_v5" in [one["name"] for one in skus.json()["value"]]

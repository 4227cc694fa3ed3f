"""What ARM does besides storing: refusals, long operations, faults, rights, memory."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from tests.emulator.arm_home import Home, settle

from cloudnative_emulator.identity.tokens import AKS_SERVER_APPLICATION

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator
IDENTITIES = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
CLUSTERS = "/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters"
MSI, AKS, GROUPS, ROLES = "2024-11-30", "2025-09-01", "2025-04-01", "2022-04-01"
POOL = {"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4s_v5"}
ENTRA = {"managed": True, "enableAzureRBAC": True}


def cluster(**properties: Any) -> dict[str, Any]:
    return {"location": "koreacentral", "properties": {"agentPoolProfiles": [POOL], **properties}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    put(home, "/resourceGroups/rg", GROUPS, {"location": "koreacentral"})
    yield home
    home.close()


@pytest.fixture
def faults(home: Home) -> Iterator[Any]:
    path = home.path / "emulator" / "faults.json"

    def write(**rule: Any) -> None:
        path.write_text(json.dumps({"rules": [rule]}))

    yield write
    path.unlink(missing_ok=True)


def put(home: Home, path: str, version: str, body: Any, http: httpx.Client | None = None) -> httpx.Response:
    return (http or home.http()).put(home.id(path), params={"api-version": version}, json=body)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("token", ["", "garbage", jwt.encode({"oid": "x"}, "k" * 32, "HS256")])
def test_no_token_or_a_forged_one_is_401_with_a_challenge(home: Home, token: str) -> None:
    answer = home.http(token).get(home.id(), params={"api-version": GROUPS})
    assert error(answer)[0] == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")


def test_a_token_for_another_audience_is_401(home: Home) -> None:
    answer = home.http(home.token(AKS_SERVER_APPLICATION)).get(home.id(), params={"api-version": GROUPS})
    assert error(answer) == (401, "InvalidAuthenticationToken")


def test_api_version_is_required(home: Home) -> None:
    assert error(home.http().get(home.id())) == (400, "MissingApiVersionParameter")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (cluster(dnsPrefx="a"), "properties.dnsPrefx"),
        (cluster(agentPoolProfiles=[{**POOL, "count": "1"}]), "properties.agentPoolProfiles[0].count"),
        (cluster(agentPoolProfiles=[{**POOL, "count": 1.0}]), "properties.agentPoolProfiles[0].count"),
        (cluster(agentPoolProfiles=POOL), "properties.agentPoolProfiles"),
        (cluster(fqdn="a"), "properties.fqdn"),
        (cluster(networkProfile={"networkPlugin": "flannel"}), "properties.networkProfile.networkPlugin"),
        ({"properties": {"agentPoolProfiles": [POOL]}}, "location"),
    ],
)
def test_the_referee_names_the_path_that_is_wrong(home: Home, body: Any, where: str) -> None:
    answer = put(home, f"{CLUSTERS}/aks-judged", AKS, body)
    assert error(answer) == (400, "InvalidRequestContent")
    assert answer.json()["error"]["target"] == where


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (cluster(kubernetesVersion="1.20"), "K8sVersionNotSupported"),
        (cluster(agentPoolProfiles=[{**POOL, "mode": "User"}]), "InvalidParameter"),
    ],
)
def test_what_the_service_itself_refuses(home: Home, body: Any, code: str) -> None:
    assert error(put(home, f"{CLUSTERS}/aks-refused", AKS, body)) == (400, code)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kubernetesVersion": "1.20"},
        {"identityProfile": {"kubeletidentity": {"resourceId": f"/subscriptions/s{IDENTITIES}/id-missing"}}},
    ],
)
def test_a_refused_cluster_leaves_no_node_resource_group(home: Home, wrong: dict[str, Any]) -> None:
    body = cluster(nodeResourceGroup="rg-nodes-x", **wrong)
    assert put(home, f"{CLUSTERS}/aks-traceless", AKS, body).status_code == 400
    answer = home.http().head(home.id("/resourceGroups/rg-nodes-x"), params={"api-version": GROUPS})
    assert answer.status_code == 404


def test_a_node_resource_group_of_somebody_else_is_refused(home: Home) -> None:
    put(home, "/resourceGroups/rg-taken", GROUPS, {"location": "koreacentral"})
    answer = put(home, f"{CLUSTERS}/aks-taken", AKS, cluster(nodeResourceGroup="rg-taken"))
    assert error(answer) == (409, "NodeResourceGroupAlreadyExists")


def test_immutable_properties_are_refused_on_update(home: Home) -> None:
    client = home.http()
    settle(client, put(home, f"{CLUSTERS}/aks-fixed", AKS, cluster(dnsPrefix="a"), client))
    assert error(put(home, f"{CLUSTERS}/aks-fixed", AKS, cluster(dnsPrefix="b"))) == (
        400,
        "PropertyChangeNotAllowed",
    )
    moved = {**cluster(dnsPrefix="a"), "location": "westeurope"}
    assert error(put(home, f"{CLUSTERS}/aks-fixed", AKS, moved)) == (409, "InvalidResourceLocation")


def test_only_one_operation_at_a_time_on_a_cluster(home: Home) -> None:
    client, home.backend.seconds = home.http(), 0.3
    first = put(home, f"{CLUSTERS}/aks-busy", AKS, cluster(), client)
    second = put(home, f"{CLUSTERS}/aks-busy", AKS, cluster(), client)
    home.backend.seconds = 0
    assert (first.status_code, error(second)) == (201, (409, "AnotherOperationInProgress"))
    assert first.headers["retry-after-ms"] == "100"
    assert "Retry-After" not in first.headers
    assert settle(client, first)["status"] == "Succeeded"


def test_go_clients_are_told_whole_seconds(home: Home) -> None:
    client = home.http()
    client.headers["User-Agent"] = "pulumi-azure-native/3.29.0"
    answer = put(home, f"{CLUSTERS}/aks-go", AKS, cluster(), client)
    assert answer.headers["Retry-After"] == "1"
    settle(client, answer)


def test_a_pool_cannot_be_added_inline_to_an_existing_cluster(home: Home) -> None:
    client = home.http()
    settle(client, put(home, f"{CLUSTERS}/aks-inline", AKS, cluster(), client))
    two = cluster(agentPoolProfiles=[POOL, {**POOL, "name": "more"}])
    answer = put(home, f"{CLUSTERS}/aks-inline", AKS, two)
    assert "A new agent pool was introduced" in answer.json()["error"]["message"]


def test_a_fault_rule_answers_only_the_calls_it_counts(home: Home, faults: Any) -> None:
    faults(method="GET", path="id-faulty", calls="1-2", status=429, headers={"Retry-After": "1"})
    url, query, client = home.id(f"{IDENTITIES}/id-faulty"), {"api-version": MSI}, home.http()
    assert [client.get(url, params=query).status_code for _ in range(3)] == [429, 429, 404]


def test_a_lost_reply_leaves_the_resource(home: Home, faults: Any) -> None:
    faults(method="PUT", path="id-lost", drop="after")
    with pytest.raises(httpx.RemoteProtocolError):
        put(home, f"{IDENTITIES}/id-lost", MSI, {"location": "koreacentral"})
    assert home.http().get(home.id(f"{IDENTITIES}/id-lost"), params={"api-version": MSI}).status_code == 200


def test_a_spoilt_operation_fails_and_the_next_put_mends_it(home: Home, faults: Any) -> None:
    faults(
        method="PUT",
        path="aks-spoilt",
        calls="1",
        operation="fail",
        error={"code": "AllocationFailed", "message": "no"},
    )
    client = home.http()
    failed = settle(client, put(home, f"{CLUSTERS}/aks-spoilt", AKS, cluster(), client))
    assert (failed["status"], failed["error"]["code"]) == ("Failed", "AllocationFailed")
    got = client.get(home.id(f"{CLUSTERS}/aks-spoilt"), params={"api-version": AKS}).json()
    assert got["properties"]["provisioningState"] == "Failed"
    assert (
        settle(client, put(home, f"{CLUSTERS}/aks-spoilt", AKS, cluster(), client))["status"] == "Succeeded"
    )


def test_rights_come_from_role_assignments(home: Home) -> None:
    workload = federated(home, "id-reader")
    path = f"{IDENTITIES}/id-by-reader"
    assert error(put(home, path, MSI, {"location": "koreacentral"}, workload)) == (403, "AuthorizationFailed")
    grant(home, "id-reader", "b24988ac-6180-42a0-ab88-20f7382dd24c", "/resourceGroups/rg")
    assert put(home, path, MSI, {"location": "koreacentral"}, workload).status_code == 201
    more = "/resourceGroups/rg/providers/Microsoft.Authorization/roleAssignments/new"
    body = {"properties": {"principalId": "x", "roleDefinitionId": "y"}}
    assert error(put(home, more, ROLES, body, workload)) == (403, "AuthorizationFailed")


def test_kubernetes_asks_about_azure_roles(home: Home) -> None:
    client = home.http()
    settle(client, put(home, f"{CLUSTERS}/aks-rbac", AKS, cluster(aadProfile=ENTRA), client))
    identity = put(home, f"{IDENTITIES}/id-kube", MSI, {"location": "koreacentral"}).json()["properties"]
    assert review(home, identity["principalId"], "list", "pods")["allowed"] is False
    grant(home, "id-kube", "7f6c6a51-bcf8-42ba-9220-52d62157d7db", f"{CLUSTERS}/aks-rbac")
    assert review(home, identity["principalId"], "list", "pods")["allowed"] is True
    assert review(home, identity["principalId"], "create", "pods")["allowed"] is False
    assert review(home, identity["principalId"], "get", "secrets")["allowed"] is False


def test_the_request_log_tells_who_did_what_and_holds_no_secret(home: Home) -> None:
    put(home, f"{IDENTITIES}/id-logged", MSI, {"location": "koreacentral"})
    text = (home.path / "emulator" / "requests.ndjson").read_text()
    line = next(json.loads(one) for one in text.splitlines() if "id-logged" in one)
    assert (line["method"], line["status"], line["api-version"]) == ("PUT", 201, MSI)
    assert line["caller"] == home.api.account.object_id
    assert home.api.account.client_secret not in text


def test_a_restart_brings_back_state_and_running_clusters_and_finishes_what_was_begun(tmp_path: Any) -> None:
    home = Home(tmp_path)
    try:
        client = home.http()
        put(home, "/resourceGroups/rg", GROUPS, {"location": "koreacentral"}, client)
        settle(client, put(home, f"{CLUSTERS}/aks-kept", AKS, cluster(), client))
        settle(
            client, client.put(home.id(f"{CLUSTERS}/aks-off"), params={"api-version": AKS}, json=cluster())
        )
        settle(client, client.post(home.id(f"{CLUSTERS}/aks-off/stop"), params={"api-version": AKS}))
        home.backend.seconds = 60
        begun = put(home, f"{CLUSTERS}/aks-begun", AKS, cluster(), client)
        before = client.get(home.id(f"{CLUSTERS}/aks-kept"), params={"api-version": AKS}).json()
        home.restart()
        assert settle(client, begun)["status"] == "Succeeded"
        assert client.get(home.id(f"{CLUSTERS}/aks-kept"), params={"api-version": AKS}).json() == before
        assert {id_.rsplit("/", 1)[-1] for _, id_ in home.backend.calls} == {"aks-kept", "aks-begun"}
    finally:
        home.close()


def federated(home: Home, name: str) -> httpx.Client:
    """A client signed in as a managed identity by a token of an issuer the home was told to trust."""
    key = rsa.generate_private_key(65537, 2048)
    public: dict[str, str] = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    trusted = home.path / "emulator" / "trusted_issuers.json"
    trusted.write_text(json.dumps({"https://issuer": {"keys": [{**public, "kid": "k"}]}}))
    identity = put(home, f"{IDENTITIES}/{name}", MSI, {"location": "koreacentral"}).json()["properties"]
    trust = {
        "properties": {
            "issuer": "https://issuer",
            "subject": "me",
            "audiences": ["api://AzureADTokenExchange"],
        }
    }
    put(home, f"{IDENTITIES}/{name}/federatedIdentityCredentials/trust", MSI, trust)
    claims = {
        "iss": "https://issuer",
        "sub": "me",
        "aud": "api://AzureADTokenExchange",
        "exp": time.time() + 60,
    }
    form = {
        "grant_type": "client_credentials", "scope": f"{home.arm}/.default",
        "client_id": identity["clientId"],
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, key, "RS256", {"kid": "k"}),
    }  # fmt: skip
    answer = home.http("").post(f"/{home.api.account.tenant}/oauth2/v2.0/token", data=form)
    return home.http(answer.json()["access_token"])


def grant(home: Home, name: str, role: str, scope: str) -> None:
    identity = home.http().get(home.id(f"{IDENTITIES}/{name}"), params={"api-version": MSI}).json()
    assignment = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{role}"
    definition = home.id(f"/providers/Microsoft.Authorization/roleDefinitions/{role}")
    body = {
        "properties": {"principalId": identity["properties"]["principalId"], "roleDefinitionId": definition}
    }
    assert put(home, assignment, ROLES, body).status_code == 201


def review(home: Home, user: str, verb: str, resource: str) -> dict[str, Any]:
    spec = {"user": user, "resourceAttributes": {"verb": verb, "resource": resource, "namespace": "default"}}
    kube = home.http(home.api.account.authorizer_token)
    url = home.backend.specs[home.id(f"{CLUSTERS}/aks-rbac")].authorizer_url
    return kube.post(url, json={"spec": spec}).json()["status"]


def test_a_create_that_a_delete_overtakes_is_canceled(home: Home) -> None:
    client, home.backend.seconds = home.http(), 30
    begun = put(home, f"{CLUSTERS}/aks-overtaken", AKS, cluster(), client)
    gone = client.delete(home.id(f"{CLUSTERS}/aks-overtaken"), params={"api-version": AKS})
    home.backend.seconds = 0
    assert gone.status_code == 202
    assert settle(client, begun)["status"] == "Canceled"

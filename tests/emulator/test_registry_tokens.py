"""A real registry process behind the emulator's token service."""

from __future__ import annotations

import hashlib
import json
import ssl
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.emulator.arm_home import Home, settle

from cloudnative_emulator.arm.roles import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator
ROLES = {role.name: role.id for role in BUILT_IN.values()}
REGISTRY = "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/crtokens"
IDENTITY = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-kubelet"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Registry:
    """A client of one registry, as a node or a build would be one."""

    def __init__(self, home: Home, user: str, password: str) -> None:
        self.home, self.user, self.password = home, user, password
        verify = ssl.create_default_context(cafile=home.ca)
        server = home.api.cloud.registries.login_server(home.id(REGISTRY))
        self.http = httpx.Client(
            base_url=f"https://{server}", verify=verify, timeout=20, headers={"Accept": MANIFEST}
        )

    def ask_token(self, scope: str) -> httpx.Response:
        query = {"service": "registry", "scope": scope}
        return self.http.get("/oauth2/token", params=query, auth=(self.user, self.password))

    def use(self, scope: str) -> httpx.Client:
        self.http.headers["Authorization"] = "Bearer " + self.ask_token(scope).json()["access_token"]
        return self.http

    def push(self, repository: str, blob: bytes) -> str:
        http = self.use(f"repository:{repository}:pull,push")
        digest = _push_blob(http, repository, blob)
        config = _push_blob(http, repository, b"{}")
        layer = {"mediaType": "application/octet-stream", "digest": digest, "size": len(blob)}
        settings = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 2}
        body = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [layer], "config": settings}
        put = http.put(
            f"/v2/{repository}/manifests/v1", content=json.dumps(body), headers={"Content-Type": MANIFEST}
        )
        assert put.status_code == 201, put.text
        return digest


def _push_blob(http: httpx.Client, repository: str, blob: bytes) -> str:
    digest = "sha256:" + hashlib.sha256(blob).hexdigest()
    start = http.post(f"/v2/{repository}/blobs/uploads/")
    assert start.status_code == 202, start.text
    half = len(blob) // 2
    sent = http.patch(start.headers["Location"], content=iter([blob[:half], blob[half:]]))
    assert sent.status_code == 202, sent.text
    done = http.put(
        sent.headers["Location"], params={**httpx.URL(sent.headers["Location"]).params, "digest": digest}
    )
    assert done.status_code == 201, done.text
    return digest


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    _put(home, "/resourceGroups/rg", "2025-04-01", {"location": "koreacentral"})
    _put(home, IDENTITY, "2024-11-30", {"location": "koreacentral"})
    _put(home, REGISTRY, "2025-11-01", {"location": "koreacentral", "sku": {"name": "Basic"}})
    yield home
    home.close()


@pytest.fixture
def deployer(home: Home) -> Iterator[Registry]:
    registry = Registry(home, home.api.account.client_id, home.api.account.client_secret)
    with registry.http:
        yield registry


@pytest.fixture
def node(home: Home) -> Iterator[Registry]:
    identity = home.http().get(home.id(IDENTITY), params={"api-version": "2024-11-30"}).json()["properties"]
    registry = Registry(home, identity["clientId"], home.api.account.kubelet_password(identity["clientId"]))
    with registry.http:
        yield registry


def test_a_large_blob_comes_back_as_it_was_pushed(deployer: Registry) -> None:
    blob = bytes(range(256)) * 40_000
    digest = deployer.push("team/app", blob)
    got = deployer.http.get(f"/v2/team/app/blobs/{digest}")
    part = deployer.http.get(f"/v2/team/app/blobs/{digest}", headers={"Range": "bytes=256-259"})
    assert hashlib.sha256(got.content).hexdigest() == digest.removeprefix("sha256:")
    assert (part.status_code, part.content) == (206, b"\x00\x01\x02\x03")


def test_a_node_without_acr_pull_is_told_which_role_it_lacks(node: Registry) -> None:
    refused = node.ask_token("repository:team/app:pull")
    error = refused.json()["errors"][0]
    assert (refused.status_code, error["code"]) == (401, "UNAUTHORIZED")
    assert "id-kubelet" in error["message"]
    assert "lacks the role AcrPull" in error["message"]
    assert "lacks the role AcrPull" in refused.reason_phrase  # what containerd writes into the pod's event


def test_acr_pull_lets_a_node_pull_but_not_push_and_its_removal_counts_at_once(
    home: Home, deployer: Registry, node: Registry
) -> None:
    deployer.push("team/roles", b"layer")
    assignment = _assign(home, "AcrPull")
    assert node.use("repository:team/roles:pull").get("/v2/team/roles/manifests/v1").status_code == 200
    assert node.ask_token("repository:team/roles:pull,push").status_code == 401
    home.http().delete(assignment, params={"api-version": "2022-04-01"})
    assert node.ask_token("repository:team/roles:pull").status_code == 401


def test_a_token_for_one_repository_opens_no_other(deployer: Registry) -> None:
    deployer.push("team/one", b"one")
    deployer.push("team/two", b"two")
    assert deployer.use("repository:team/one:pull").get("/v2/team/two/manifests/v1").status_code == 401


@pytest.mark.parametrize("token", ["", "garbage", "a.b.c"])
def test_a_missing_or_wrong_token_is_401_with_a_challenge(deployer: Registry, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    refused = deployer.http.get("/v2/team/app/manifests/v1", headers=headers)
    assert refused.status_code == 401
    assert (
        f'realm="https://{refused.url.netloc.decode()}/oauth2/token"' in refused.headers["WWW-Authenticate"]
    )


def test_a_wrong_password_is_401(home: Home) -> None:
    stranger = Registry(home, home.api.account.client_id, "wrong")
    with stranger.http:
        assert stranger.ask_token("repository:team/app:pull").status_code == 401


def test_an_entra_token_is_exchanged_as_acr_does(home: Home, deployer: Registry) -> None:
    entra = home.token("https://containerregistry.azure.net")
    form = {"grant_type": "access_token", "service": "registry", "access_token": entra}
    refresh = deployer.http.post("/oauth2/exchange", data=form).json()["refresh_token"]
    ask = {"grant_type": "refresh_token", "service": "registry", "scope": "repository:x/y:pull,push"}
    assert deployer.http.post("/oauth2/token", data={**ask, "refresh_token": refresh}).status_code == 200
    docker = Registry(home, "00000000-0000-0000-0000-000000000000", refresh)
    with docker.http:
        assert docker.ask_token("repository:x/y:pull").status_code == 200
    assert deployer.http.post("/oauth2/exchange", data={**form, "access_token": "no"}).status_code == 401


def test_tokens_made_for_all_of_arm_are_taken_until_the_policy_says_no(
    home: Home, deployer: Registry
) -> None:
    form = {"grant_type": "access_token", "service": "registry", "access_token": home.token()}
    assert deployer.http.post("/oauth2/exchange", data=form).status_code == 200

    _set_policy(home, "disabled")

    assert deployer.http.post("/oauth2/exchange", data=form).status_code == 401
    narrow = {**form, "access_token": home.token("https://containerregistry.azure.net")}
    assert deployer.http.post("/oauth2/exchange", data=narrow).status_code == 200
    _set_policy(home, "enabled")


def _set_policy(home: Home, status: str) -> None:
    """ACR-06."""
    http, version = home.http(), {"api-version": "2025-11-01"}
    body = {"properties": {"policies": {"azureADAuthenticationAsArmPolicy": {"status": status}}}}
    settle(http, http.patch(home.id(REGISTRY), params=version, json=body))


def test_fault_rules_reach_the_registry_too(home: Home, deployer: Registry) -> None:
    rule: dict[str, Any] = {"path": "^/v2/team/faulty/", "calls": "1", "status": 503, "body": {"errors": []}}
    faults = home.path / "emulator" / "faults.json"
    faults.write_text(json.dumps({"rules": [rule]}))
    http = deployer.use("repository:team/faulty:pull")
    statuses = [http.get("/v2/team/faulty/manifests/v1").status_code for _ in range(2)]
    faults.unlink()
    assert statuses == [503, 404]


def test_images_and_address_survive_a_restart(tmp_path: Any) -> None:
    home = Home(tmp_path)
    try:
        _put(home, "/resourceGroups/rg", "2025-04-01", {"location": "koreacentral"})
        _put(home, REGISTRY, "2025-11-01", {"location": "koreacentral", "sku": {"name": "Basic"}})
        account = home.api.account
        before = Registry(home, account.client_id, account.client_secret)
        with before.http:
            digest = before.push("team/app", b"kept")
        home.restart()
        after = Registry(home, account.client_id, account.client_secret)
        with after.http:
            assert after.http.base_url == before.http.base_url
            assert (
                after.use("repository:team/app:pull").get(f"/v2/team/app/blobs/{digest}").content == b"kept"
            )
        answer = home.http().delete(home.id(REGISTRY), params={"api-version": "2025-11-01"})
        assert answer.status_code == 202
        while home.http().get(answer.headers["Location"]).status_code == 202:
            pass
        assert not (tmp_path / "emulator" / "registries" / "crtokens").exists()
        assert home.supervisor.running == {}
    finally:
        home.close()


def _put(home: Home, path: str, version: str, body: dict[str, Any]) -> None:
    client = home.http()
    answer = client.put(home.id(path), params={"api-version": version}, json=body)
    assert answer.status_code in {200, 201}, answer.text
    if "Azure-AsyncOperation" in answer.headers:
        assert settle(client, answer)["status"] == "Succeeded"


def _assign(home: Home, role: str) -> str:
    identity = home.http().get(home.id(IDENTITY), params={"api-version": "2024-11-30"}).json()["properties"]
    assignment = home.id(f"{REGISTRY}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}")
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{ROLES[role]}"
    properties = {
        "principalId": identity["principalId"],
        "roleDefinitionId": definition,
        "principalType": "ServicePrincipal",
    }
    answer = home.http().put(
        assignment, params={"api-version": "2022-04-01"}, json={"properties": properties}
    )
    assert answer.status_code == 201, answer.text
    return assignment

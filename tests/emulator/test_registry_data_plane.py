"""Azure's own registry client, unmodified, against a registry of the emulator."""

from __future__ import annotations

import io
import json
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from azure.containerregistry import ArtifactManifestOrder, ContainerRegistryClient
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from tests.emulator.arm_home import Home, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator
PATH = "/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/crplane"
IDENTITY = "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-none"
IMAGE = "application/vnd.oci.image.config.v1+json"
ACR = "2025-11-01"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    http = home.http()
    http.put(home.id("/resourceGroups/rg"), params={"api-version": ACR}, json={"location": "koreacentral"})
    body = {"location": "koreacentral", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}}
    settle(http, http.put(home.id(PATH), params={"api-version": ACR}, json=body))
    yield home
    home.close()


@pytest.fixture(scope="module")
def server(home: Home) -> str:
    return "https://" + home.api.cloud.registries.login_server(home.id(PATH))


@pytest.fixture(scope="module")
def client(home: Home, server: str) -> Iterator[Any]:
    with ContainerRegistryClient(server, home.credential(), connection_verify=home.ca) as client:
        yield client


@pytest.fixture(scope="module")
def digests(client: Any) -> list[str]:
    """team/app with three images: `v1`, `v2` (also `latest`) and one without a tag."""
    made = [_push(client, "team/app", tag, tag or "bare") for tag in ("v1", "v2", "")]
    _push(client, "team/app", "latest", "v2")
    _push(client, "team/other", "v1", "other")
    return made


def _push(client: Any, repository: str, tag: str, content: str) -> str:
    config = json.dumps({"architecture": "arm64", "os": "linux", "config": {"Env": [content]}}).encode()
    digest, size = client.upload_blob(repository, io.BytesIO(config))
    body: dict[str, Any] = {
        "schemaVersion": 2, "layers": [], "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": IMAGE, "digest": digest, "size": size},
    }  # fmt: skip
    return str(client.set_manifest(repository, body, tag=tag or None))


def test_repositories_are_listed_page_by_page(client: Any, digests: list[str]) -> None:
    pages = client.list_repository_names(results_per_page=1).by_page()
    assert [list(page) for page in pages] == [["team/app"], ["team/other"]]


def test_a_repository_counts_its_manifests_and_tags(client: Any, digests: list[str]) -> None:
    found = client.get_repository_properties("team/app")
    assert (found.name, found.manifest_count, found.tag_count) == ("team/app", 3, 3)
    assert found.created_on <= found.last_updated_on


def test_tags_are_listed_with_what_they_stand_for(client: Any, digests: list[str]) -> None:
    tags = {tag.name: tag.digest for tag in client.list_tag_properties("team/app", results_per_page=2)}
    assert tags == {"latest": digests[1], "v1": digests[0], "v2": digests[1]}
    assert client.get_tag_properties("team/app", "v1").digest == digests[0]


def test_manifests_are_listed_by_age_with_platform_and_tags(client: Any, digests: list[str]) -> None:
    oldest_first = ArtifactManifestOrder.LAST_UPDATED_ON_ASCENDING
    found = list(client.list_manifest_properties("team/app", order_by=oldest_first))
    assert {one.digest for one in found} == set(digests)
    assert [one.tags for one in found if one.digest == digests[1]] == [["latest", "v2"]]
    assert {(one.architecture, one.operating_system) for one in found} == {("arm64", "linux")}
    assert [one.last_updated_on for one in found] == sorted(one.last_updated_on for one in found)
    assert client.get_manifest_properties("team/app", "v1").size_in_bytes > 0


def test_what_is_not_there_is_404(client: Any, digests: list[str]) -> None:
    with pytest.raises(ResourceNotFoundError):
        client.get_repository_properties("team/none")
    with pytest.raises(ResourceNotFoundError):
        client.get_tag_properties("team/app", "v9")


def test_a_locked_tag_is_neither_overwritten_nor_deleted(client: Any) -> None:
    first = _push(client, "team/locked", "v1", "first")
    client.update_tag_properties("team/locked", "v1", can_write=False, can_delete=False)
    with pytest.raises(HttpResponseError, match="is locked"):
        _push(client, "team/locked", "v1", "second")
    with pytest.raises(HttpResponseError, match="is locked"):
        client.delete_tag("team/locked", "v1")
    assert client.get_tag_properties("team/locked", "v1").digest == first
    client.update_tag_properties("team/locked", "v1", can_delete=True)
    client.delete_repository("team/locked")


def test_tags_manifests_and_repositories_are_deleted(client: Any) -> None:
    digest = _push(client, "team/gone", "v1", "one")
    client.delete_tag("team/gone", "v1")
    assert [one.digest for one in client.list_manifest_properties("team/gone")] == [digest]
    client.delete_repository("team/gone")
    assert "team/gone" not in list(client.list_repository_names())
    with pytest.raises(ResourceNotFoundError):
        client.get_manifest_properties("team/gone", digest)


def test_a_principal_without_a_role_reads_nothing(home: Home, server: str, digests: list[str]) -> None:
    wrong = httpx.get(f"{server}/acr/v1/team/app/_tags", verify=_trust(home))
    assert wrong.status_code == 401
    assert 'scope="repository:team/app:metadata_read"' in wrong.headers["WWW-Authenticate"]
    identity = home.http().put(
        home.id(IDENTITY), params={"api-version": "2024-11-30"}, json={"location": "koreacentral"}
    )
    name = identity.json()["properties"]["clientId"]
    login = (name, home.api.account.kubelet_password(name))
    refused = httpx.get(f"{server}/acr/v1/team/app/_tags", verify=_trust(home), auth=login)
    assert (refused.status_code, "lacks the role AcrPull" in refused.text) == (401, True)


def test_a_token_to_pull_does_not_open_the_catalog(home: Home, server: str) -> None:
    account = home.api.account
    login = (account.client_id, account.client_secret)
    with httpx.Client(base_url=server, verify=_trust(home)) as http:
        ask = {"service": "x", "scope": "repository:team/app:pull"}
        token = http.get("/oauth2/token", params=ask, auth=login).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert http.get("/acr/v1/_catalog", headers=bearer).status_code == 401
        assert http.get("/acr/v1/_catalog", auth=login).status_code == 200  # as `az` with a user name does


@pytest.mark.parametrize(
    "path", ["/acr/v1/../../etc", "/acr/v1/a/_tags/%2e%2e%2fx", "/acr/v1/A", "/acr/v1/a/_blobs"]
)
def test_paths_that_name_nothing_are_404(home: Home, server: str, path: str) -> None:
    with httpx.Client(base_url=server, verify=_trust(home)) as http:
        request = http.build_request("DELETE", "/")
        request.url = request.url.copy_with(raw_path=f"/acr/v1/{path}".encode())
        assert http.send(request).status_code == 404


def _trust(home: Home) -> Any:
    return ssl.create_default_context(cafile=home.ca)

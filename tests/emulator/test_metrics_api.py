"""Who may ask for metrics, with the tokens and roles that Azure asks for."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from tests.emulator.arm_home import Home

from cloudnative_emulator.identity.tokens import METRICS_AUDIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator
WORKSPACE = "/resourceGroups/rg/providers/Microsoft.Monitor/accounts/amw"
READER = "b0d8363b-8ddd-447d-831f-62ca05bff136"  # Monitoring Data Reader


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    body = {"location": "koreacentral"}
    home.http().put(home.id("/resourceGroups/rg"), params={"api-version": "2025-04-01"}, json=body)
    yield home
    home.close()


def workspace(home: Home) -> dict[str, Any]:
    parameters = {"api-version": "2023-04-03"}
    answer = home.http().put(home.id(WORKSPACE), params=parameters, json={"location": "koreacentral"})
    return answer.raise_for_status().json()["properties"]


def test_a_workspace_has_a_query_endpoint_that_stays(home: Home) -> None:
    first = workspace(home)
    assert first["metrics"]["prometheusQueryEndpoint"].startswith(home.arm)
    assert workspace(home)["metrics"] == first["metrics"]


@pytest.mark.parametrize("audience", ["", "https://containerregistry.azure.net"])
def test_a_token_for_something_else_is_refused(home: Home, audience: str) -> None:
    answer = home.http(home.token(audience)).get("/prometheus/all/api/v1/query?query=up")
    assert answer.status_code == 401 and "Audience" in answer.json()["error"]
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_an_owner_needs_a_data_role_too_as_on_azure(home: Home) -> None:
    query = f"{workspace(home)['metrics']['prometheusQueryEndpoint']}/api/v1/query?query=up"
    client = home.http(home.token(METRICS_AUDIENCE))
    refused = client.get(query)
    assert refused.status_code == 403 and "Microsoft.Monitor/accounts/data/metrics/read" in refused.text
    role = home.id(f"/providers/Microsoft.Authorization/roleDefinitions/{READER}")
    grant = {"roleDefinitionId": role, "principalId": home.api.account.object_id}
    path = home.id(f"{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}")
    body = {"properties": {**grant, "principalType": "ServicePrincipal"}}
    home.http().put(path, params={"api-version": "2022-04-01"}, json=body).raise_for_status()
    assert client.get(query).status_code == 503  # let in; no cluster runs here


def test_only_queries_are_passed_on(home: Home) -> None:
    client = home.http(home.token(METRICS_AUDIENCE))
    assert client.post("/prometheus/all/api/v1/admin/tsdb/delete_series").status_code == 404
    assert client.get("/prometheus/nobody/api/v1/query?query=up").status_code == 404

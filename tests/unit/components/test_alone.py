"""Each component by itself in somebody's own program: the least arguments, and outputs that are of use."""

import json
from pathlib import Path
from typing import Any

import jwt
import pulumi
import pytest
from tests.unit.components.harness import SUBSCRIPTION, TENANT, Recorder, record, run

from cloudnative_components import (
    AksCluster,
    Bundle,
    ContainerRegistry,
    GeneratedSecret,
    Image,
    Region,
    Release,
    UpstreamImage,
    object_hashes,
)

PAGE = Path(__file__).parents[3] / "docs/components.md"
CLUSTER = "azure-native:containerservice:ManagedCluster"
ROLE = "azure-native:authorization:RoleAssignment"
CLUSTER_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/a"
WEB: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop"},
}


def azure(args: Any) -> dict[str, Any]:
    return {
        "principalId": "principal", "clientId": "client", "loginServer": "cr.azurecr.io",
        "oidcIssuerProfile": {"issuerURL": "https://issuer"}, "digest": "sha256:1", "ref": "r/web@sha256:1",
        "number": 1, "hash": "h", "endpoints": [{"service": "web", "url": "http://1.2.3.4"}], "value": "x",
    }  # fmt: skip


@pytest.fixture
def recorder() -> Recorder:
    found = record(azure)
    found.client["token"] = jwt.encode({"scp": "user_impersonation"}, "k" * 32)
    return found


def outputs(*wanted: Any) -> list[Any]:
    """The values of outputs of a component that the program makes."""
    seen: list[Any] = []
    (make,) = wanted
    run(lambda: pulumi.Output.all(*make()).apply(seen.extend))
    return seen


def test_a_cluster_needs_a_group_a_place_and_a_name(recorder: Recorder) -> None:
    def make() -> list[Any]:
        made = AksCluster(
            "aks", {"resource_group_name": "rg", "location": "koreacentral", "cluster_name": "aks_team"}
        )
        return [made.cluster_id, made.cluster_name, made.oidc_issuer_url, made.kubelet_principal_id]

    assert outputs(make) == ["/id/aks", "aks", "https://issuer", "principal"]
    sent = recorder.one(CLUSTER)
    assert (sent["dnsPrefix"], sent["nodeResourceGroup"]) == ("aks-team", "aks_team-nodes")
    assert sent["aadProfile"]["tenantID"] == TENANT


def test_a_cluster_alone_is_administered_by_who_is_signed_in_and_pulls_from_nowhere(
    recorder: Recorder,
) -> None:
    run(lambda: AksCluster("a", {"resource_group_name": "g", "location": "l", "cluster_name": "aks"}))
    roles = {one.name: one.inputs for one in recorder.made if one.typ == ROLE}
    assert sorted(roles) == ["a-assign-kubelet", "a-deployer-admin"]
    admin = roles["a-deployer-admin"]
    assert (admin["principalId"], admin["principalType"]) == ("o", "User")
    assert SUBSCRIPTION in admin["roleDefinitionId"]


def test_a_region_needs_no_more_than_its_cluster(recorder: Recorder) -> None:
    def make() -> list[Any]:
        made = Region("r", {"resource_group_name": "rg", "location": "koreacentral", "cluster_name": "aks"})
        return [made.cluster_id, made.cluster_name]

    assert outputs(make) == ["/id/r", "r"]


def test_a_registry_tells_where_to_push_and_what_to_grant_rights_on(recorder: Recorder) -> None:
    def make() -> list[Any]:
        made = ContainerRegistry(
            "cr", {"resource_group_name": "rg", "registry_name": "crteam", "location": "koreacentral"}
        )
        return [made.login_server, made.registry_id]

    assert outputs(make) == ["cr.azurecr.io", "/id/cr"]


def test_an_image_and_an_upstream_image_are_known_by_digest(recorder: Recorder) -> None:
    def make() -> list[Any]:
        ours = Image("web", {"cloud": "azure", "registry": "r", "repository": "web", "context": "/c"})
        theirs = UpstreamImage("db", {"cloud": "azure", "reference": "postgres:16"})
        return [ours.ref, theirs.digest]

    assert outputs(make) == ["r/web@sha256:1", "sha256:1"]


def test_objects_of_ones_own_are_bundled_and_released(recorder: Recorder) -> None:
    def make() -> list[Any]:
        shared: dict[str, Any] = {
            "cloud": "azure", "application": "shop", "objects": object_hashes([WEB]), "images": {},
        }  # fmt: skip
        asset = pulumi.StringAsset(json.dumps([WEB]))
        bundle = Bundle("shop", {**shared, "registry": "r", "objects_file": asset})  # type: ignore[typeddict-item] - spread
        named = {"ref": bundle.ref, "hash": bundle.hash, "number": bundle.number}
        release = Release("shop", {**shared, "cluster_id": CLUSTER_ID, "bundle": named})  # type: ignore[typeddict-item] - spread
        return [release.endpoints, bundle.number]

    assert outputs(make) == [[{"service": "web", "url": "http://1.2.3.4"}], 1]
    assert list(recorder.one("cloudnative:index:Release")["objects"]) == ["v1/Service/shop/web"]


def test_a_secret_needs_nothing(recorder: Recorder) -> None:
    assert outputs(lambda: [GeneratedSecret("db").value]) == ["x"]


def test_the_program_on_the_page_of_components_runs(recorder: Recorder) -> None:
    source = PAGE.read_text().split("```python\n")[1].split("```")[0]
    run(lambda: exec(source, {}))  # noqa: S102 - our own page
    assert [one.name for one in recorder.made if one.typ == CLUSTER] == ["korea"]
    assert recorder.one("cloudnative:index:Image")["registry"] == "cr.azurecr.io"

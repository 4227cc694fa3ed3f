"""What one environment registers, and when it refuses to register anything."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from tests.unit.components.harness import SUBSCRIPTION, TENANT, Recorder, record, run

from cloudnative_components.application.model import Application, Build, GeneratedSecretRef
from cloudnative_components.environment import Environment
from cloudnative_toolchain.errors import CloudnativeError

CONTEXT = Path("/src/web")
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "shop", "name": "web"}}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
SHOP = Application(
    "shop",
    "shop",
    builds=[Build("web", CONTEXT)],
    images={"db": "postgres:16"},
    objects=[NAMESPACE, DEPLOYMENT],
    secrets={"shop/api": {"token": "hush"}},
    generated_secrets=[GeneratedSecretRef("db", "shop", "password", 24)],
)
REGIONS = ["koreacentral", "japaneast", "westeurope"]
ARGS: Any = {"name": "dev", "cloud": "emulator", "regions": ["koreacentral"], "application": ["/src/c.yaml"]}
ENDPOINT = {
    "arm": "https://127.0.0.1:41001",
    "tenant": TENANT,
    "subscription": SUBSCRIPTION,
    "client_id": "client",
    "client_secret": "never-an-input",
}


def answers(args: Any) -> dict[str, Any]:
    known = {
        "cloudnative:index:Image": {"ref": "127.0.0.1:5/shop/web@sha256:1", "digest": "sha256:1"},
        "cloudnative:index:UpstreamImage": {
            "ref": "docker.io/library/postgres@sha256:2",
            "digest": "sha256:2",
        },
        "cloudnative:index:Bundle": {"number": 3.0, "ref": "r", "hash": "h", "digest": "sha256:9"},
        "cloudnative:index:Release": {
            "endpoints": [{"service": "web", "url": "http://198.18.0.2:80"}],
            "rolledOut": "10:00",
        },
        "cloudnative:index:GeneratedSecret": {"value": "made"},
        "azure-native:containerregistry:Registry": {"loginServer": "127.0.0.1:5"},
    }
    return known.get(args.typ, {"principalId": "p", "clientId": "c"} if "Identity" in args.typ else {})


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return prepared(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Recorder, Path]]:
    """One run of a program with two regions, for the tests that only look."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        recorder = prepared(home, patch)
        args: Any = {**ARGS, "regions": REGIONS}
        run(lambda: Environment("dev", args).summary.apply(recorder.summaries.append))
        yield recorder, home


def prepared(home: Path, patch: pytest.MonkeyPatch) -> Recorder:
    patch.setenv("CLOUDNATIVE_HOME", str(home))
    patch.setattr("cloudnative_components.release.stored_bundle.load", the_shop)
    write_endpoint(home)
    recorder = record(answers)
    recorder.client["token"] = jwt.encode({"oid": "o"}, "k" * 32)
    return recorder


def the_shop(*_: Any, **__: Any) -> Application:
    return SHOP


def write_endpoint(home: Path, **changes: str) -> None:
    (home / "emulator").mkdir(exist_ok=True)
    (home / "emulator" / "endpoint.json").write_text(json.dumps({**ENDPOINT, **changes}))


def build(**changes: Any) -> None:
    args: Any = {**ARGS, **changes}
    run(lambda: Environment("dev", args))


def names(recorder: Recorder, request: str, field: str) -> set[str]:
    return {urn.rsplit("::", 1)[-1] for urn in getattr(recorder.requests[request], field)}


def test_provider_gets_the_emulators_address_and_never_its_secret(built: tuple[Recorder, Path]):
    (provider,) = built[0].of("pulumi:providers:azure-native")
    assert provider["metadataHost"] == "127.0.0.1:41001"
    assert (provider["tenantId"], provider["subscriptionId"]) == (TENANT, SUBSCRIPTION)
    assert "never-an-input" not in json.dumps([made.inputs for made in built[0].made], default=str)


def test_every_azure_resource_goes_through_that_provider(built: tuple[Recorder, Path]):
    azure = [request for request in built[0].requests.values() if request.type.startswith("azure-native:")]
    assert len(azure) >= 9
    assert all("dev-azure" in request.provider for request in azure)


@pytest.mark.parametrize("other", [{"subscriptionId": "another"}, {"tenantId": "another"}])
def test_another_cloud_behind_the_provider_stops_the_program_before_the_first_resource(
    recorder: Recorder, other: dict[str, str]
):
    recorder.client.update(other)

    with pytest.raises(CloudnativeError, match="provider that answers"):
        build()

    assert recorder.of("azure-native:resources:ResourceGroup") == []


def test_an_emulator_that_is_not_on_loopback_is_refused(recorder: Recorder, tmp_path: Path):
    write_endpoint(tmp_path, arm="https://10.0.0.1:443")

    with pytest.raises(CloudnativeError, match=r"10\.0\.0\.1"):
        build()


def test_without_an_emulator_the_error_says_how_to_start_one(recorder: Recorder, tmp_path: Path):
    (tmp_path / "emulator" / "endpoint.json").unlink()

    with pytest.raises(CloudnativeError) as caught:
        build()

    assert caught.value.fix == "cloudnative emulator start"


def test_cloud_azure_refuses_a_redirected_metadata_host(recorder: Recorder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARM_METADATA_HOSTNAME", "127.0.0.1:41001")

    with pytest.raises(CloudnativeError, match="ARM_METADATA_HOSTNAME"):
        build(cloud="azure")


def test_cloud_azure_refuses_the_emulators_subscription(recorder: Recorder):
    with pytest.raises(CloudnativeError, match="provider that answers"):
        build(cloud="azure")


def test_cloud_azure_sets_nothing_that_belongs_to_the_emulator(recorder: Recorder):
    recorder.client["subscriptionId"] = "real"

    build(cloud="azure", allow_any_ip=True)

    (provider,) = recorder.of("pulumi:providers:azure-native")
    assert set(provider) <= {"environment"}


def test_release_gets_hashes_images_and_secrets(built: tuple[Recorder, Path]):
    release, *_ = built[0].of("cloudnative:index:Release")
    assert set(release["objects"]) == {"v1/Namespace/shop", "apps/v1/Deployment/shop/web"}
    assert release["images"] == {
        "web": "127.0.0.1:5/shop/web@sha256:1",
        "db": "docker.io/library/postgres@sha256:2",
    }
    assert release["bundle"] == {"ref": "r", "hash": "h", "number": 3}
    assert release["secretData"]["value"] == {"shop/api": {"token": "hush"}, "shop/db": {"password": "made"}}
    assert built[0].one("cloudnative:index:GeneratedSecret")["length"] == 24


def test_bundle_file_holds_the_objects_and_only_the_owner_reads_it(built: tuple[Recorder, Path]):
    file = built[1] / "bundles/cloudnative/dev/shop.json"
    assert json.loads(file.read_text()) == [NAMESPACE, DEPLOYMENT]
    assert file.stat().st_mode & 0o777 == 0o600


def test_images_wait_for_the_right_to_push_and_not_for_the_cluster(built: tuple[Recorder, Path]):
    before = names(built[0], "shop-web", "dependencies")
    assert "dev-push" in before
    assert "dev-koreacentral" not in before


def test_release_goes_with_its_cluster(built: tuple[Recorder, Path]):
    assert built[0].requests["shop-koreacentral"].deletedWith.endswith("ManagedCluster::dev-koreacentral")


def test_first_region_is_released_alone_and_the_others_after_its_gate(built: tuple[Recorder, Path]):
    assert "shop-koreacentral" in names(built[0], "shop-gate-1", "dependencies")
    assert "shop-gate-1" in names(built[0], "shop-japaneast", "dependencies")
    assert "shop-gate-1" in names(built[0], "shop-westeurope", "dependencies")
    assert "shop-japaneast" not in names(built[0], "shop-westeurope", "dependencies")
    assert built[0].one("azure-native:containerregistry:Registry")["sku"] == {"name": "Premium"}


def test_summary_is_what_up_prints(built: tuple[Recorder, Path]):
    (summary,) = built[0].summaries

    assert {key: summary[key] for key in ("cloud", "registry", "release")} == {
        "cloud": "emulator",
        "registry": "127.0.0.1:5",
        "release": {"number": 3, "images": {"web": "sha256:1", "db": "sha256:2"}},
    }
    assert summary["regions"][0] == {
        "name": "koreacentral",
        "cluster": "aks-cloudnative-dev-krc",
        "clusterId": "/id/dev-koreacentral",
        "endpoints": [{"service": "web", "url": "http://198.18.0.2:80"}],
    }

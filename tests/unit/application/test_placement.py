"""Where services that keep data run, by the environment's word; and names that the config has wrong."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.application.project import environment

from cloudnative_components.application import Application, load
from cloudnative_components.application.compose import from_compose
from cloudnative_components.application.compose_parser import ComposeProject
from cloudnative_components.application.named_services import check_named
from cloudnative_components.application.places import Places
from cloudnative_components.config import parse
from cloudnative_toolchain.errors import ConfigError, ExitCode

REGIONS = ["koreacentral", "westeurope"]
DATA: dict[str, Any] = {"image": "a", "volumes": [{"type": "volume", "source": "data", "target": "/data"}]}
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: db}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "postgres:16"}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
"""


def compose(**settings: Any) -> Application:
    (tree,) = parse("services: {}", "compose.yaml")
    data: dict[str, Any] = {
        "name": "shop",
        "services": {"db": DATA, "web": {"image": "a"}},
        "volumes": {"data": None},
    }
    project = ComposeProject("shop", data, Places((tree,)), Path("/shop"))
    config = environment(regions=REGIONS, **settings)
    return check_named(from_compose(project, config, {}, Path("/shop")), config)


def manifests(folder: Path, **settings: Any) -> Application:
    (folder / "db.yaml").write_text(f"{DEPLOYMENT}---\n{CLAIM}")
    return load(folder, environment=environment(regions=REGIONS, **settings))


def workloads(found: Application, region: str) -> set[str]:
    kinds = ("Deployment", "StatefulSet")
    return {item["metadata"]["name"] for item in found.objects_in(region) if item["kind"] in kinds}


def test_the_environment_places_a_service_of_a_compose_file():
    found = compose(placement={"db": "westeurope"})
    assert [workloads(found, region) for region in REGIONS] == [{"web"}, {"db", "web"}]


def test_each_region_may_have_data_of_its_own():
    found = compose(placement={"db": "each"})
    assert [workloads(found, region) for region in REGIONS] == [{"db", "web"}] * 2


def test_a_manifest_whose_pods_claim_a_volume_needs_a_word(tmp_path: Path):
    with pytest.raises(ConfigError, match="2 regions") as caught:
        manifests(tmp_path)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.location is not None and caught.value.location.line


def test_a_manifest_without_labels_is_placed_by_its_name(tmp_path: Path):
    found = manifests(tmp_path, placement={"db": "westeurope"})
    assert [workloads(found, region) for region in REGIONS] == [set(), {"db"}]


@pytest.mark.parametrize(
    "settings",
    [{"placement": {"db": "each", "wbe": "each"}}, {"placement": {"db": "each"}, "gate": {"service": "wbe"}}],
)
def test_a_service_that_is_none_is_told_with_those_that_there_are(settings: dict[str, Any]):
    with pytest.raises(ConfigError, match="did you mean 'web'") as caught:
        compose(**settings)
    assert caught.value.exit_code is ExitCode.USAGE

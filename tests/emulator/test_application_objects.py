"""What compose files become is accepted by a real API server, under `restricted`, without a warning."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.api_server import Answer, ApiServer, api_server

from cloudnative_components.application import Application, load
from cloudnative_components.config import EnvironmentConfig

pytestmark = pytest.mark.emulator

RICH = Path(__file__).parent / "compose-rich"
SHIPPING = Path(__file__).parents[2] / "samples/shipping/compose.yaml"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with api_server(tmp_path_factory.mktemp("api")) as running:
        yield running


def environment(path: Path, cloud: str = "emulator") -> EnvironmentConfig:
    return EnvironmentConfig.model_validate(
        {"name": "dev", "cloud": cloud, "regions": ["koreacentral"], "application": [path]}
    )


def apply_all(server: ApiServer, application: Application) -> dict[str, Answer]:
    """Dry runs of everything, with the namespace really there."""
    answers: dict[str, Answer] = {}
    for item in application.objects:
        answers[f"{item['kind']}/{item['metadata']['name']}"] = server.apply(
            item, dry_run=item["kind"] != "Namespace"
        )
    return answers


def faults(answers: dict[str, Answer]) -> dict[str, Answer]:
    return {
        name: answer for name, answer in answers.items() if answer.status not in (200, 201) or answer.warnings
    }


@pytest.mark.parametrize("path", [SHIPPING, RICH / "compose.yaml"], ids=["shipping", "rich"])
@pytest.mark.parametrize("cloud", ["emulator", "azure"])
def test_every_object_is_accepted_without_a_warning(server: ApiServer, path: Path, cloud: str):
    application = load(path, environment=environment(path, cloud))
    answers = apply_all(server, application)
    assert faults(answers) == {}
    assert {"Deployment", "StatefulSet", "Service"} <= {item["kind"] for item in application.objects}


def test_pod_security_is_awake(server: ApiServer):
    """The referee of the test above does warn about what it should warn about."""
    application = load(SHIPPING, environment=environment(SHIPPING))
    apply_all(server, application)
    deployment = copy.deepcopy(next(item for item in application.objects if item["kind"] == "Deployment"))
    deployment["spec"]["template"]["spec"]["hostNetwork"] = True
    assert "would violate PodSecurity" in str(server.apply(deployment).warnings)


def test_root_is_let_in_only_where_the_file_asks_for_it(server: ApiServer, tmp_path: Path):
    text = "name: rooted\nservices:\n  old: {image: old, user: root, x-cloudnative: {run_as_root: true}}\n"
    (tmp_path / "compose.yaml").write_text(text)
    application = load(tmp_path, environment=environment(tmp_path))
    refused = {name: answer for name, answer in apply_all(server, application).items() if answer.status > 201}
    levels: dict[str, Any] = application.objects[0]["metadata"]["labels"]
    assert (refused, levels["pod-security.kubernetes.io/enforce"]) == ({}, "baseline")


def test_manifests_are_accepted_as_they_are(server: ApiServer):
    folder = RICH / "manifests"
    application = load(folder, environment=environment(folder))
    assert faults(apply_all(server, application)) == {}
    assert application.images == {"registry-example-site-1-30": "registry.example/site:1.30"}

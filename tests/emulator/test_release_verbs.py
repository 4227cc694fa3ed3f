"""What `up`, `preview` and `down` say of protected secrets, jobs and fields that others own."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from tests.acceptance.project import Project

pytestmark = pytest.mark.emulator

_COMPOSE = """name: shop
services:
  db:
    build: ./image
    user: "1000"
    volumes: ["data:/data"]
    secrets: [db_password]
  migrate:
    build: ./image
    user: "1000"
    secrets: [db_password]
    depends_on: {db: {condition: service_started}}
  web:
    build: ./image
    user: "1000"
    expose: ["8080"]
    depends_on: {migrate: {condition: service_completed_successfully}}
volumes: {data: {}}
secrets: {db_password: {external: true, x-cloudnative: {generate: {}}}}
"""
_SECRET = "shop-db-password-db_password"


def _write(project: Project, text: str) -> None:
    (project.folder / "compose.yaml").write_text(text)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """An application that is up, in a repository without a commit."""
    folder = tmp_path_factory.mktemp("verbs")
    project = Project(folder / "shop", folder / "home")
    (project.folder / "image").mkdir(parents=True)
    (project.folder / "image" / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\nUSER 1\n")
    _write(project, _COMPOSE)
    try:
        for verb in (["init"], ["emulator", "start", "--backend", "simulated"]):
            run = project.run(*verb)
            assert run.code == 0, run.err
        project.up()
        yield project
    finally:
        project.run("emulator", "reset", "--yes")


def _resource(project: Project, name: str) -> dict[str, Any]:
    """What the state has of a resource."""
    (checkpoint,) = project.home.glob("pulumi/**/stacks/*/dev.json")
    resources = json.loads(checkpoint.read_text())["checkpoint"]["latest"]["resources"]
    (found,) = [one for one in resources if one["urn"].endswith(f"::{name}")]
    return found


def _fix(err: str) -> list[str]:
    """The words of the command that an error proposes."""
    (line,) = [line for line in err.splitlines() if line.startswith("fix: cloudnative ")]
    return shlex.split(line)[2:]


def test_a_job_is_complete_before_what_waits_for_it_starts(project: Project) -> None:
    job = project.kubectl("get", "job", "migrate", "-n", "shop", "-o", "jsonpath={.status.completionTime}")
    started = "jsonpath={.metadata.creationTimestamp}"
    web = project.kubectl("get", "deployment", "web", "-n", "shop", "-o", started)
    assert job and web >= job


def test_a_change_of_the_length_of_a_secret_is_refused(project: Project) -> None:
    _write(project, _COMPOSE.replace("generate: {}", "generate: {length: 40}"))
    run = project.run("preview", "dev")
    _write(project, _COMPOSE)
    assert run.code == 4
    assert _fix(run.err) == ["up", "dev", "--unprotect", _SECRET]


def test_a_service_with_data_that_is_gone_stops_the_run_before_it_changes_anything(project: Project) -> None:
    before = _resource(project, "shop")["outputs"]["number"]
    _write(project, "name: shop\nservices: {web: {build: ./image, user: '1000', expose: ['8080']}}\n")
    run = project.run("up", "dev", "--yes")
    assert run.code == 4, run.err
    assert "db" in project.kubectl("get", "statefulsets", "-n", "shop", "-o", "name")

    fixed = project.run(*_fix(run.err), "--yes")
    _write(project, _COMPOSE)
    assert fixed.code == 0, fixed.err
    project.up()
    assert _resource(project, "shop")["outputs"]["number"] == before + 2
    assert _resource(project, _SECRET)["protect"] is True


def test_a_conflict_names_the_owner_and_its_fix_takes_the_fields(project: Project) -> None:
    pull = "/spec/template/spec/containers/0/imagePullPolicy"
    change = json.dumps([{"op": "replace", "path": pull, "value": "Always"}])
    as_tuner = ("--type=json", "--field-manager=tuner", "-p", change)  # kubectl's own would be taken back
    project.kubectl("patch", "deployment", "web", "-n", "shop", *as_tuner)
    run = project.run("up", "dev", "--yes")
    assert run.code == 4 and "tuner owns" in run.err

    fixed = project.run(*_fix(run.err), "--yes")
    assert fixed.code == 0, fixed.err
    spec = project.kubectl("get", "deployment", "web", "-n", "shop", "-o", "yaml")
    assert "imagePullPolicy: IfNotPresent" in spec


def test_down_lists_what_is_protected_and_deletes_it_once_agreed_to(project: Project) -> None:
    asked = project.run("down", "dev")
    assert asked.code == 2 and f"{_SECRET} (protected)" in asked.err
    run = project.run("down", "dev", "--yes", "--output", "json")
    assert run.code == 0, run.err
    assert f"GeneratedSecret {_SECRET} (protected)" in run.json["deleted"]

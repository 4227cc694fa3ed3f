"""Issue 4, D and done-line 8: history, rollback, hold, promotion and drift of two environments."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.containerservice import ContainerServiceClient
from tests.acceptance.arm import endpoint
from tests.acceptance.project import Project, Run

from cloudnative_toolchain.programs import program

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]  # many runs of the engine, on a busy machine

_PULUMI = "name: shop\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n"
_STACK = """config:
  cloudnative:cloud: emulator
  cloudnative:regions: [{regions}]
  cloudnative:application: ../compose.yaml
"""
_PROGRAM = """from pathlib import Path

import pulumi

from cloudnative_components import Environment, environment_args
from cloudnative_components.config import load_environment

stack = pulumi.get_stack()
config = load_environment(Path(__file__).with_name(f"Pulumi.{stack}.yaml"))
pulumi.export("environment", Environment(stack, environment_args(config)).summary)
"""
_PROGRAM_OF_A_TEAM = (
    _PROGRAM.replace("Environment(", "Application(")
    .replace("Environment, environment_args", "Application, application_args")
    .replace("(stack, environment_args(", "(stack, application_args(")
)
_COMPOSE = """name: shop
services:
  web:
    build: ./image
    user: "1000"
    ports: ["8080:8080"]
    secrets: [api_token, db_password]
  SECOND:
    build: ./image
    user: "1000"
secrets:
  api_token: {environment: API_TOKEN}
  db_password: {external: true, x-cloudnative: {generate: {}}}
"""
_DEPLOYMENT = "apps/v1/Deployment/shop"


def _source(project: Project, version: str, second: str) -> None:
    """Another source: another image, and a service more and one less."""
    (project.folder / "image" / "version").write_text(version)
    (project.folder / "compose.yaml").write_text(_COMPOSE.replace("SECOND", second))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """`staging`, where two releases went; `prod` is only written down."""
    folder = tmp_path_factory.mktemp("releases")
    project = Project(folder / "shop", folder / "home")
    (project.folder / "image").mkdir(parents=True)
    (project.folder / "image" / "Dockerfile").write_text("FROM scratch\nCOPY version /\nUSER 1\n")
    (project.folder / "stacks").mkdir()
    (project.folder / "Pulumi.yaml").write_text(_PULUMI)
    (project.folder / "stacks" / "__main__.py").write_text(_PROGRAM)
    for name, regions in (("staging", "koreacentral"), ("prod", "japaneast")):
        (project.folder / f"stacks/Pulumi.{name}.yaml").write_text(_STACK.format(regions=regions))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("API_TOKEN", "not-in-a-bundle-7731")
        try:
            _ok(project.run("emulator", "start", "--backend", "simulated"))
            _source(project, "one", "old")
            _ok(project.run("up", "staging", "--yes"))
            _source(project, "two", "fresh")
            _ok(project.run("up", "staging", "--yes"))
            yield project
        finally:
            project.run("emulator", "reset", "--yes")


def _ok(run: Run) -> Run:
    assert run.code == 0, run.out + run.err
    return run


def _asked(project: Project, *arguments: str) -> Any:
    return _ok(project.run(*arguments, "--output", "json")).json


def _runs(project: Project, environment: str) -> dict[str, int]:
    """The number that each region runs."""
    found = _asked(project, "history", environment)["regions"]
    return {region["name"]: region["number"] for region in found}


def _kubectl(project: Project, environment: str, region: str, *arguments: str) -> str:
    kubeconfig = project.folder.parent / f"{environment}-{region}"
    kubeconfig.write_text(_ok(project.run("kubeconfig", environment, region)).out)
    kubeconfig.chmod(0o600)
    command = [str(program("kubectl")), "--kubeconfig", str(kubeconfig), "--namespace", "shop", *arguments]
    return subprocess.run(
        command, env=project.environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def _secrets(project: Project) -> str:
    return _kubectl(project, "staging", "koreacentral", "get", "secrets", "-o", "jsonpath={.items[*].data}")


def test_history_names_every_bundle_with_its_result_images_and_regions(project: Project) -> None:
    found = _asked(project, "history", "staging")

    assert [bundle["number"] for bundle in found["bundles"]] == [2, 1]
    assert [bundle["runsIn"] for bundle in found["bundles"]] == [["koreacentral"], []]
    assert {run["state"] for bundle in found["bundles"] for run in bundle["runs"]} == {"succeeded"}
    assert found["bundles"][0]["changedImages"] == ["fresh", "web"]


def test_a_rollback_holds_until_a_newer_source_comes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = _secrets(project)
    with monkeypatch.context() as elsewhere:
        elsewhere.delenv("API_TOKEN")  # a rollback needs no source, and none of its variables
        rolled_back = _asked(project, "rollback", "staging")
    assert rolled_back["release"]["number"] == 1
    assert rolled_back["held"][0]["rolledBack"]["number"] == 2
    assert "deployment.apps/old" in _kubectl(
        project, "staging", "koreacentral", "get", "deploy", "-o", "name"
    )
    assert "fresh" not in _kubectl(project, "staging", "koreacentral", "get", "deploy", "-o", "name")
    assert _secrets(project) == secrets
    assert _asked(project, "drift", "staging", "--exit-code")["result"] == "same"

    _preview_shows_the_way_forward(project)
    refused = project.run("up", "staging", "--yes")
    assert refused.code == 8
    assert "held at 1 (2 was rolled back)" in refused.err
    assert "fix: cloudnative up staging --resume" in refused.err
    assert _runs(project, "staging") == {"koreacentral": 1}

    _source(project, "three", "fresh")
    assert _asked(project, "up", "staging", "--yes")["release"]["number"] == 3
    assert _asked(project, "history", "staging")["regions"][0]["held"] is None


def _preview_shows_the_way_forward(project: Project) -> None:
    preview = _asked(project, "preview", "staging")
    assert {(held["number"], held["sameSource"]) for held in preview["held"]} == {(1, True)}
    assert {(change["operation"], change["object"].rpartition("/")[2]) for change in preview["objects"]} == {
        ("create", "fresh"),
        ("delete", "old"),
        ("update", "web"),
    }


def test_what_was_rolled_back_goes_on_with_resume(project: Project) -> None:
    _ok(project.run("rollback", "staging", "--to", "1", "--region", "koreacentral"))
    unknown = project.run("rollback", "staging", "--to", "77")
    assert unknown.code == 2
    assert "fix: cloudnative history staging" in unknown.err

    assert _asked(project, "up", "staging", "--yes", "--resume")["release"]["number"] == 3


def test_a_promotion_takes_the_same_digests_to_an_environment_that_was_not_there(project: Project) -> None:
    promoted = _asked(project, "promote", "staging", "prod")

    assert promoted["release"]["images"] == _digests(project, "staging")
    regions = {"setting": "regions", "from": ["koreacentral"], "to": ["japaneast"]}
    assert regions in promoted["differences"]["settings"]
    assert _digests(project, "prod") == _digests(project, "staging")
    assert _bundle(project, "prod") == _bundle(project, "staging")
    assert _runs(project, "prod") == {"japaneast": 1}

    unasked = project.run("promote", "staging", "prod")
    assert unasked.code == 2
    assert "fix: cloudnative promote staging prod --yes" in unasked.err


def _team(project: Project) -> Project:
    """A team's own stacks, one on the cluster and registry of `staging`, one on those of `prod`."""
    team = Project(project.folder.parent / "team", project.home)
    shutil.copytree(project.folder / "image", team.folder / "image")
    (team.folder / "stacks").mkdir()
    (team.folder / "Pulumi.yaml").write_text(_PULUMI.replace("shop", "team"))
    (team.folder / "stacks/__main__.py").write_text(_PROGRAM_OF_A_TEAM)
    compose = "name: team\nservices: {web: {build: ./image, user: '1000', expose: ['8080']}}\n"
    (team.folder / "compose.yaml").write_text(compose)
    for name in ("staging", "prod"):
        (checkpoint,) = project.home.glob(f"pulumi/**/stacks/shop/{name}.json")
        (stack, *_) = json.loads(checkpoint.read_text())["checkpoint"]["latest"]["resources"]
        given = stack["outputs"]["environment"]
        clusters = {region["name"]: region["clusterId"] for region in given["regions"]}
        handed_out = {"registry": given["registry"], "cluster_ids": clusters}
        lines = [f"  cloudnative:{key}: {json.dumps(value)}\n" for key, value in handed_out.items()]
        settings = _STACK.format(regions=", ".join(clusters)) + "".join(lines)
        (team.folder / f"stacks/Pulumi.{name}.yaml").write_text(settings)
    return team


def test_a_stack_without_infrastructure_promotes_between_clusters_of_others(project: Project) -> None:
    team = _team(project)
    _ok(team.run("up", "staging", "--yes"))
    promoted = _asked(team, "promote", "staging", "prod")

    assert [region["name"] for region in promoted["regions"]] == ["japaneast"]
    assert _bundle(team, "prod") == _bundle(team, "staging")
    assert _runs(team, "prod") == {"japaneast": 1}
    assert _asked(team, "drift", "prod", "--exit-code")["result"] == "same"
    assert _runs(project, "prod") == {"japaneast": 1}


def _digests(project: Project, environment: str) -> dict[str, str]:
    return _asked(project, "history", environment)["bundles"][0]["images"]


def _bundle(project: Project, environment: str) -> str:
    """The digest of the newest bundle: the artifact itself is the same in both registries."""
    return _asked(project, "history", environment)["bundles"][0]["bundle"].rpartition("@")[2]


def test_what_people_change_by_hand_is_drift_and_up_mends_it(project: Project) -> None:
    _kubectl(project, "staging", "koreacentral", "scale", "deployment/web", "--replicas=3")
    _kubectl(project, "staging", "koreacentral", "delete", "service", "web")

    drift = project.run("drift", "staging", "--exit-code", "--output", "json")
    assert drift.code == 10
    changed, deleted = drift.json["regions"][0]["objects"]
    assert changed["object"] == f"{_DEPLOYMENT}/web"
    assert changed["fields"] == [{"path": "spec.replicas", "released": 1, "live": 3, "by": "kubectl"}]
    assert (deleted["object"], deleted["change"]) == ("v1/Service/shop/web", "deleted")

    _ok(project.run("up", "staging", "--yes"))
    assert _asked(project, "drift", "staging", "--exit-code")["result"] == "same"


def test_what_kubectl_added_to_a_deployment_is_drift_and_up_takes_it_out(project: Project) -> None:
    _kubectl(project, "staging", "koreacentral", "set", "env", "deployment/web", "EXTRA=1")

    drift = project.run("drift", "staging", "--exit-code", "--output", "json")
    assert drift.code == 10
    (changed,) = drift.json["regions"][0]["objects"]
    assert {(one["released"], one["live"], one["by"]) for one in changed["fields"]} == {
        (None, "EXTRA", "kubectl-set"),
        (None, "1", "kubectl-set"),
    }
    (planned,) = _asked(project, "preview", "staging")["objects"]
    assert all("env[EXTRA]" in field["path"] for field in planned["fields"])

    _ok(project.run("up", "staging", "--yes"))
    assert _asked(project, "drift", "staging", "--exit-code")["result"] == "same"


def test_a_cluster_is_gone_when_arm_says_so_and_up_brings_it_back(project: Project) -> None:
    ran = _runs(project, "staging")
    _clusters(project).begin_delete("rg-shop-staging-krc", "aks-shop-staging-krc").wait()

    drift = project.run("drift", "staging", "--exit-code", "--output", "json")
    assert drift.code == 10
    assert drift.json["regions"][0]["asked"] == "gone"
    assert ("ManagedCluster", "deleted") in {
        (one["type"].rpartition(":")[2], one["change"]) for one in drift.json["resources"]
    }

    up = _ok(project.run("up", "staging", "--yes"))
    assert "deleted by somebody else: ManagedCluster" in up.err
    assert _runs(project, "staging") == ran


def _clusters(project: Project) -> Any:
    """Azure's own client, behind our back."""
    at = endpoint(project.home)
    credential = ClientSecretCredential(
        at["tenant"],
        at["client_id"],
        at["client_secret"],
        authority=at["arm"],
        disable_instance_discovery=True,
        connection_verify=at["ca"],
    )
    scopes = [at["arm"] + "/.default"]
    client = ContainerServiceClient(
        credential,
        at["subscription"],
        base_url=at["arm"],
        credential_scopes=scopes,
        connection_verify=at["ca"],
    )
    return client.managed_clusters

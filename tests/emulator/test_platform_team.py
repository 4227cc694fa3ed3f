"""`samples/platform-team`, from outside of this repository: three stacks of others on one emulator.

The tests run in the order of the file; each builds on what those before it deployed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.emulator.live_home import LiveHome, eventually, get
from tests.emulator.outside import ROOT, Outside, Stack, ended, own_python
from tests.emulator.pipeline_identity import AKS_SERVER, Job, Pipelines

import cloudnative_emulator

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(600)]
TEAMS = ("shop", "notices")
REAL = os.geteuid() == 0  # only root has pods that answer
ACR, AKS = "Microsoft.ContainerRegistry/registries", "Microsoft.ContainerService/managedClusters"
ROLES = "providers/Microsoft.Authorization/roleAssignments"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


# The shop writes them by the names of the command's own config, the notices by names of their own.
SETTINGS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "shop": lambda platform: {
        "cloudnative:cloud": "emulator",
        "cloudnative:regions": list(platform["clusters"]),
        "cloudnative:application": "compose.yaml",
        "cloudnative:registry": platform["registry"],
        "cloudnative:cluster_ids": platform["clusters"],
        "cloudnative:namespace_exists": True,  # making one takes rights over the whole cluster
    },
    "notices": lambda platform: {
        "notices:cloud": "emulator",
        "notices:registry": platform["registry"],
        "notices:clusters": platform["clusters"],
    },
}


@dataclass(frozen=True)
class Land:
    """The emulator, the platform team's stack and those of the application teams."""

    home: LiveHome
    samples: Path
    outside: Outside
    pipelines: Pipelines

    @property
    def platform(self) -> Stack:
        return Stack(self.outside, self.samples / "platform-team/platform")

    def job(self, team: str, subject: str = "") -> Job:
        """A job of the team's pipeline."""
        file = self.samples / f"{team}.token"
        file.touch(0o600)
        file.write_text(self.pipelines.token(subject or f"repo:example/{team}:environment:dev"))
        return Job(self.platform.outputs()["clients"][team], file)

    def stack(self, team: str) -> Stack:
        """A team's stack, run as its own identity."""
        return Stack(self.outside, self.samples / "platform-team" / team, self.job(team).settings)


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Land]:
    folder = tmp_path_factory.mktemp("land")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(folder / "home"))
        patch.setenv("CLOUDNATIVE_YES", "true")
        home = LiveHome(folder / "home")
        try:
            home.start()
            shutil.copytree(ROOT / "samples", folder / "samples")
            subprocess.run(["git", "init", "--quiet", str(folder / "samples")], check=True)
            pipelines = Pipelines(home.folder)
            yield Land(home, folder / "samples", Outside.make(folder / "venv"), pipelines)
        finally:
            cloudnative_emulator.reset()


@pytest.fixture(scope="module")
def platform(land: Land) -> Any:
    """What the platform team's stack exports."""
    land.platform.pulumi("stack", "init", "dev")
    run = land.platform.run("up")
    assert run.code == 0, run.text
    return land.platform.outputs()


@pytest.fixture(scope="module")
def pages(land: Land, platform: Any) -> dict[str, str]:
    """The address of each team's page, deployed at the same time."""
    for team in TEAMS:
        hand_out(land, platform, team)
    under_way = [land.stack(team).start("up") for team in TEAMS]
    assert [process.poll() for process in under_way] == [None, None]
    for run in [ended(process) for process in under_way]:
        assert run.code == 0, run.text
    summaries = {team: land.stack(team).outputs()["environment"] for team in TEAMS}
    return {
        team: endpoint["url"]
        for team, summary in summaries.items()
        for endpoint in summary["regions"][0]["endpoints"]
    }


def hand_out(land: Land, platform: Any, team: str) -> None:
    """The stack's settings: what the platform team tells an application team."""
    lines = [f"  {key}: {json.dumps(value)}" for key, value in SETTINGS[team](platform).items()]
    stack = Stack(land.outside, land.samples / "platform-team" / team)
    stack.pulumi("stack", "init", "dev")
    with (stack.folder / "Pulumi.dev.yaml").open("a") as file:
        file.write("\n".join(["config:", *lines, ""]))


def test_the_outside_has_our_wheel_and_nothing_of_this_repository(land: Land) -> None:
    code = "import cloudnative_components as c, json, sys; print(json.dumps([c.__file__, *sys.path]))"
    argv = [str(land.outside.python), "-c", code]
    run = subprocess.run(argv, cwd="/", env=own_python(), check=True, capture_output=True, text=True)
    ours, *paths = json.loads(run.stdout)
    assert Path(ours).is_relative_to(land.outside.folder)
    assert not {str(ROOT), *(str(ROOT / room) for room in ("cli", "components", "provider"))} & set(paths)


def test_a_platform_team_has_components_beside_resources_of_its_own(land: Land, platform: Any) -> None:
    run = land.platform.run("preview")
    assert run.code == 0 and "unchanged" in run.text and "to create" not in run.text, run.text
    assert platform["release"] == 1
    kinds = {one["type"].split(":")[0] for one in resources(land.platform)}
    assert kinds >= {"azure-native", "cloudnative"}


def resources(stack: Stack) -> list[Any]:
    exported = json.loads(stack.pulumi("stack", "export", "--stack", "dev"))
    return exported["deployment"]["resources"]


def test_two_teams_deploy_at_the_same_time(land: Land, pages: dict[str, str]) -> None:
    if REAL:
        assert "<h1>" in get(pages["shop"]) and "<html" in get(pages["notices"]).lower()
    for team in TEAMS:
        kinds = {one["type"] for one in resources(land.stack(team))}
        assert not {kind for kind in kinds if kind.startswith("azure-native")}


def test_deploying_again_changes_nothing(land: Land, pages: dict[str, str]) -> None:
    run = land.stack("shop").run("preview")
    assert run.code == 0 and "unchanged" in run.text, run.text
    assert "to create" not in run.text and "to update" not in run.text, run.text


def below_subscription(platform: Any) -> str:
    """The cluster's ARM id without its subscription."""
    return "/" + platform["clusters"]["koreacentral"].split("/", 3)[3]


def changes_to_infrastructure(platform: Any) -> dict[str, tuple[str, str, dict[str, Any] | None]]:
    """Calls to ARM below the subscription, each of which needs a right that a team does not have."""
    cluster = below_subscription(platform)
    registry = f"/resourceGroups/rg-platform-registry/providers/{ACR}/crplatformteam01"
    name = "11111111-2222-3333-4444-555555555555"
    owner: dict[str, Any] = {
        "properties": {
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{OWNER}",
            "principalId": name,
            "principalType": "ServicePrincipal",
        }
    }
    place: dict[str, Any] = {"location": "koreacentral"}
    return {
        "a group": ("PUT", "/resourceGroups/rg-mine?api-version=2024-03-01", place),
        "no more groups": ("DELETE", "/resourceGroups/rg-platform?api-version=2024-03-01", None),
        "a cluster": ("PUT", f"{cluster}?api-version=2025-07-01", place),
        "no more cluster": ("DELETE", f"{cluster}?api-version=2025-07-01", None),
        "a registry": ("PUT", f"{registry}?api-version=2025-04-01", {**place, "sku": {"name": "Premium"}}),
        "admin's credentials": (
            "POST",
            f"{cluster}/listClusterAdminCredential?api-version=2025-07-01",
            None,
        ),
        "rights": ("PUT", f"{registry}/{ROLES}/{name}?api-version=2022-04-01", owner),
    }


def test_a_team_cannot_change_infrastructure(land: Land, platform: Any, pages: dict[str, str]) -> None:
    job = land.job("shop")
    answers = {what: job.arm(*call) for what, call in changes_to_infrastructure(platform).items()}
    codes = {what: (one.status_code, one.json()["error"]["code"]) for what, one in answers.items()}
    assert codes == dict.fromkeys(answers, (403, "AuthorizationFailed"))


def principal(land: Land, team: str) -> str:
    """The object id of a team's identity."""
    return next(
        one["outputs"]["principalId"]
        for one in resources(land.platform)
        if one["type"].endswith(":UserAssignedIdentity") and one["urn"].endswith(f"::{team}")
    )


def test_its_rights_are_the_four_that_it_needs(land: Land, pages: dict[str, str]) -> None:
    mine = [
        one["inputs"]["scope"].rsplit("/", 2)
        for one in resources(land.platform)
        if one["type"].endswith(":RoleAssignment") and one["inputs"]["principalId"] == principal(land, "shop")
    ]
    assert sorted(f"{kind}/{name}" for _, kind, name in mine) == [
        "managedClusters/aks-platform",
        "namespaces/cloudnative-system",
        "namespaces/shop",
        "registries/crplatformteam01",
    ]


@pytest.mark.parametrize(("namespace", "code"), [("shop", 201), ("notices", 403), ("kube-system", 403)])
def test_a_team_writes_in_its_own_namespace_alone(
    land: Land, platform: Any, pages: dict[str, str], namespace: str, code: int
) -> None:
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}}
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    answer = land.job("shop").kubernetes(below_subscription(platform), path, body)
    assert answer.status_code == code, answer.text


def test_another_pipeline_is_not_trusted(land: Land, platform: Any) -> None:
    stranger = land.job("shop", subject="repo:stranger/shop:environment:dev")
    with pytest.raises(AssertionError, match=r"AADSTS700213.*repo:stranger/shop:environment:dev"):
        stranger.access_token(AKS_SERVER)


def test_a_namespace_takes_rights_that_a_team_does_not_have(land: Land, pages: dict[str, str]) -> None:
    notices = land.stack("notices")
    notices.pulumi("config", "set", "notices:namespaceExists", "false", "--stack", "dev")
    run = notices.run("up")
    assert run.code != 0 and "namespaces" in run.text and "forbidden" in run.text, run.text
    notices.pulumi("config", "set", "notices:namespaceExists", "true", "--stack", "dev")
    again = notices.run("up")
    assert again.code == 0, again.text


def command(land: Land, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`cloudnative` in the shop's folder, as the identity of its pipeline."""
    found = cloudnative_emulator.endpoint()
    assert found
    who = dict(setting.split("=", 1) for setting in land.job("shop").settings)
    environment = {**own_python(), **who, "AZURE_TENANT_ID": found.tenant}
    argv = [str(land.outside.command), *arguments]
    folder = land.samples / "platform-team/shop"
    return subprocess.run(
        argv, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=240
    )


def told(land: Land, *arguments: str) -> Any:
    """The JSON of a run that succeeds."""
    run = command(land, *arguments, "--output", "json")
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout)


def test_the_command_goes_on_with_the_stack_of_an_application(land: Land, pages: dict[str, str]) -> None:
    page = land.samples / "platform-team/shop/index.html"
    page.write_text(page.read_text().replace("<h1>", "<h1>Second "))
    up = told(land, "up", "dev")
    assert up["release"]["number"] == 2
    (region,) = up["regions"]
    assert (region["name"], region["cluster"], region["release"]) == ("koreacentral", "aks-platform", 2)
    found = told(land, "history", "dev")
    assert [(one["number"], one["runsIn"]) for one in found["bundles"]] == [(2, ["koreacentral"]), (1, [])]
    if REAL:
        assert eventually(lambda: "Second" in get(pages["shop"]), seconds=30)


def test_a_team_rolls_back_without_rights_over_the_infrastructure(land: Land, pages: dict[str, str]) -> None:
    rolled_back = told(land, "rollback", "dev")
    assert (rolled_back["release"]["number"], rolled_back["held"][0]["number"]) == (1, 1)
    if REAL:
        assert eventually(lambda: "Second" not in get(pages["shop"]), seconds=30)
    assert told(land, "drift", "dev", "--exit-code")["result"] == "same"
    preview = told(land, "preview", "dev")
    assert [(held["number"], held["sameSource"]) for held in preview["held"]] == [(1, True)]
    assert [region["held"][0]["number"] for region in told(land, "status", "dev")["regions"]] == [1]

    refused = command(land, "up", "dev")
    assert refused.returncode == 8, refused.stderr
    assert "held at 1 (2 was rolled back)" in refused.stderr
    assert "fix: cloudnative up dev --resume" in refused.stderr


def test_a_team_leaves_and_the_others_stay(land: Land, pages: dict[str, str]) -> None:
    run = land.stack("shop").run("destroy")
    assert run.code == 0, run.text
    if REAL:
        assert "<html" in get(pages["notices"]).lower()
        with pytest.raises(httpx.TransportError):
            httpx.get(pages["shop"], timeout=3)

"""`cloudnative pipeline init`: what stands in the files, and that nobody's edit is lost."""

import json
import re
import shlex
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.unit.cli.pipelines import (
    COMMIT,
    SAID,
    git,
    initialise,
    jobs,
    planned,
    project,
    steps,
    workflows,
)

from cloudnative.pipeline.actions import actions
from cloudnative.pipeline.discovery import place
from cloudnative.pipeline.files import HEAD, edited
from cloudnative.pipeline.plan import settings_of, settings_there
from cloudnative.pipeline.trust import on_github, outputs, trust_project, with_deployer
from cloudnative.project import Project
from cloudnative_toolchain.errors import ConfigError

TRUST = {
    "tenant": "t", "subscription": "s",
    "deploy": {"client_id": "d", "principal_id": "p"}, "preview": {"client_id": "v", "principal_id": "q"},
}  # fmt: skip
PULL_REQUEST, DEPLOY = (f".github/workflows/cloudnative-{name}.yaml" for name in ("pull-request", "deploy"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with its pipeline, for tests that only look."""
    root = tmp_path_factory.mktemp("repository")
    initialise(project(root))
    return root


def test_a_second_run_changes_nothing(tmp_path: Path):
    shop = project(tmp_path)

    assert set(initialise(shop).values()) == {"write"}
    assert set(initialise(shop).values()) == {"same"}


def test_what_was_said_once_is_not_asked_again(tmp_path: Path):
    shop = project(tmp_path)
    initialise(shop, replace(SAID, repository="other/name", branch="release"))

    settings = settings_of(shop, replace(SAID, source="", commit="", owner_id=None), place(tmp_path))

    assert (settings.repository, settings.branch, settings.commit) == ("other/name", "release", COMMIT)
    assert (settings.owner_id, [each.name for each in settings.environments]) == (12, ["staging", "prod"])


def test_an_edit_by_hand_is_kept_and_told(tmp_path: Path):
    shop = project(tmp_path)
    initialise(shop)
    workflow = tmp_path / DEPLOY
    mine = workflow.read_text().replace("timeout-minutes: 120", "timeout-minutes: 240")
    workflow.write_text(mine)

    plan = {each.name: each for each in planned(shop, replace(SAID, branch="trunk"))}
    done = initialise(shop, replace(SAID, branch="trunk"))

    assert (done[DEPLOY], done[PULL_REQUEST]) == ("kept", "update")
    assert workflow.read_text() == mine
    assert "edited by hand" in plan[DEPLOY].line()
    assert '["trunk"]' in plan[DEPLOY].content


def test_a_workflow_of_somebody_else_under_our_name_is_kept(tmp_path: Path):
    shop = project(tmp_path)
    (tmp_path / DEPLOY).parent.mkdir(parents=True)
    (tmp_path / DEPLOY).write_text("name: mine\n")

    assert initialise(shop)[DEPLOY] == "kept"


def test_windows_line_ends_are_no_edit(root: Path):
    text = (root / DEPLOY).read_text()

    assert not edited(text)
    assert edited(text.replace(HEAD, ""))


def test_every_workflow_grants_nothing_and_every_job_the_least(root: Path):
    for name, workflow in workflows(root).items():
        assert workflow["permissions"] == {}, name
    granted = {where: job["permissions"] for where, job in jobs(root)}
    assert granted == {
        "cloudnative-deploy.yaml: deploy": {"contents": "read", "id-token": "write"},
        "cloudnative-drift.yaml: drift-prod": {"contents": "read", "id-token": "write"},
        "cloudnative-drift.yaml: drift-staging": {"contents": "read", "id-token": "write"},
        "cloudnative-promote.yaml: promote-to-prod": {"contents": "read", "id-token": "write"},
        "cloudnative-pull-request.yaml: checks": {"contents": "read"},
        "cloudnative-pull-request.yaml: comment": {"pull-requests": "write"},
        "cloudnative-pull-request.yaml: preview": {"contents": "read", "id-token": "write"},
    }


def test_no_run_is_torn_down_by_the_next_one_and_each_has_an_end(root: Path):
    whole = workflows(root)
    for where, job in jobs(root):
        turn = job.get("concurrency") or whole[where.partition(":")[0]]["concurrency"]
        assert turn["cancel-in-progress"] is False, where
        assert job["timeout-minutes"] <= 120, where


def test_deployments_of_one_environment_take_turns_whatever_starts_them(root: Path):
    """A merge to staging and a promotion to it would otherwise meet in the lock."""
    groups = {where: job["concurrency"]["group"] for where, job in jobs(root) if "concurrency" in job}

    assert groups["cloudnative-deploy.yaml: deploy"] == "cloudnative-shop-staging"
    assert groups["cloudnative-promote.yaml: promote-to-prod"] == "cloudnative-shop-prod"


def test_the_command_takes_the_place_of_the_shell_so_that_a_cancel_reaches_it(root: Path):
    """Reliability page, E5: with a plain command neither SIGINT nor SIGTERM arrives."""
    commands = [step["run"] for _, step in steps(root) if '"$COMMAND"' in step.get("run", "")]

    assert len(commands) == 7
    assert all(run.startswith('exec "$COMMAND" ') and "\n" not in run for run in commands)


def test_values_reach_scripts_through_the_environment_only(root: Path):
    assert [where for where, step in steps(root) if "${{" in step.get("run", "")] == []


def test_actions_of_others_are_named_by_commit_and_only_one_is_used(root: Path):
    used = {step["uses"] for _, step in steps(root) if "uses" in step}

    assert used == {"./.github/actions/cloudnative", f"actions/checkout@{actions()['checkout'].commit}"}


def test_every_commit_of_an_action_was_seen_in_two_public_files_on_a_day():
    """DESIGN section 8, rule 9."""
    for each in actions().values():
        assert each.verified
        assert re.fullmatch("[0-9a-f]{40}", each.commit)
        assert each.seen <= date(2026, 11, 23)
        assert "unverified" in replace(each, sources=each.sources[:1]).uses


def test_cloudnative_is_installed_from_a_commit_with_hashed_packages(root: Path):
    (install,) = [step for where, step in steps(root) if where == "action.yaml"]

    assert install["env"] == {"SOURCE": SAID.source, "COMMIT": COMMIT}
    assert "--require-hashes --only-binary=:all:" in install["run"]
    assert re.findall(r"install (?!\{)\w+", install["run"]) == []  # no name of a registry's


@pytest.mark.parametrize(
    "secret", ["creds:", "AZURE_CREDENTIALS", "ARM_CLIENT_SECRET", "password", "secrets."]
)
def test_no_long_lived_secret_is_asked_for(root: Path, secret: str):
    """CI-07."""
    found = [path for path in root.rglob("*.yaml") if ".github" in path.parts and secret in path.read_text()]

    assert found == []


def test_a_project_in_a_folder_has_names_paths_and_environments_of_its_own(tmp_path: Path):
    shop = project(tmp_path, folder="teams/pay [a]", name="pay")

    done = initialise(shop)

    assert ".github/workflows/cloudnative-pay-deploy.yaml" in done
    assert "teams/pay [a]/pipeline/settings.json" in done
    workflow = workflows(tmp_path)["cloudnative-pay-deploy.yaml"]
    assert workflow["on"]["push"]["paths"] == [r"teams/pay \[a\]/**", ".github/workflows/cloudnative-pay-*"]
    assert workflow["jobs"]["deploy"]["environment"] == "pay-staging"
    assert workflow["jobs"]["deploy"]["defaults"]["run"]["working-directory"] == "teams/pay [a]"


def test_a_change_of_what_an_image_is_built_from_is_deployed_wherever_it_lies(tmp_path: Path):
    shop = project(tmp_path, folder="shop")
    for image, dockerfile in (("web", "Dockerfile"), ("api", "../docker/api")):
        (tmp_path / image).mkdir()
        (tmp_path / image / dockerfile).parent.mkdir(exist_ok=True)
        (tmp_path / image / dockerfile).write_text("FROM scratch\n")
    services = "{web: {build: ../web}, api: {build: {context: ../api, dockerfile: ../docker/api}}}"
    (tmp_path / "shop/compose.yaml").write_text(f"services: {services}\n")

    initialise(shop)

    paths = workflows(tmp_path)["cloudnative-shop-deploy.yaml"]["on"]["push"]["paths"]
    assert {"shop/**", "web/**", "api/**", "docker/**"} < set(paths)


def test_environments_on_azure_are_taken_in_the_usual_order(tmp_path: Path):
    shop = project(tmp_path, environments=("prod", "dev", "staging"))
    (tmp_path / "stacks/Pulumi.dev.yaml").write_text(
        (tmp_path / "stacks/Pulumi.dev.yaml").read_text().replace("azure", "emulator")
    )

    settings = settings_of(shop, SAID, place(tmp_path))

    assert [each.name for each in settings.environments] == ["staging", "prod"]


def test_an_environment_alone_has_nothing_to_promote(tmp_path: Path):
    initialise(project(tmp_path, environments=("prod",)))

    assert "cloudnative-promote.yaml" not in workflows(tmp_path)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (replace(SAID, branch="${{ github.token }}"), "a workflow cannot name it"),
        (replace(SAID, branch="a\nb"), "a workflow cannot name it"),
        (replace(SAID, repository="acme"), "owner/name"),
        (replace(SAID, commit="main"), "whole commit id"),
    ],
)
def test_what_a_workflow_cannot_carry_is_refused(tmp_path: Path, said: object, text: str):
    with pytest.raises(ConfigError, match=text):
        initialise(project(tmp_path), said)  # type: ignore[arg-type] - parametrised


def test_a_folder_in_no_repository_is_told_what_to_do(tmp_path: Path):
    with pytest.raises(ConfigError, match="no git repository"):
        place(tmp_path)


def test_a_remote_that_is_not_githubs_asks_for_the_name(tmp_path: Path):
    shop = project(tmp_path)
    git(tmp_path, "remote", "set-url", "origin", "https://git.example/acme/shop.git")

    with pytest.raises(ConfigError, match="not on github"):
        initialise(shop)


def test_the_trust_program_finds_what_the_component_needs(tmp_path: Path):
    shop = project(tmp_path)
    initialise(shop)
    document = json.loads((tmp_path / "pipeline/settings.json").read_text())

    _, known = settings_there(shop)

    assert {**document["trust"], **known["prod"]} == {
        "project": "shop", "repository": "acme/shop", "branch": "main", "owner_id": 12, "repository_id": 34,
        "cloud": "azure", "environment": "prod", "github_environment": "prod", "location": "koreacentral",
    }  # fmt: skip
    assert trust_project(shop, "prod", known).name == "shop-pipeline"


def test_jobs_may_use_the_state_in_a_storage_account_and_what_a_person_wrote_stays(tmp_path: Path):
    shop = project(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text(
        (tmp_path / "Pulumi.yaml").read_text() + "backend:\n  url: azblob://pulumi?storage_account=st\n"
    )
    shop = Project.find(tmp_path)
    initialise(shop)
    file = tmp_path / "pipeline/settings.json"
    document = json.loads(file.read_text())
    assert document["environments"]["prod"]["state_scope"] == "rg-shop-state"

    document["environments"]["prod"] |= {"state_scope": "rg-other", "read_scopes": ["/subscriptions/s"]}
    file.write_text(json.dumps(document))
    initialise(shop)

    kept = json.loads(file.read_text())["environments"]["prod"]
    assert (kept["state_scope"], kept["read_scopes"]) == ("rg-other", ["/subscriptions/s"])


def test_trust_for_an_environment_without_a_pipeline_says_how_to_get_one(tmp_path: Path):
    with pytest.raises(ConfigError) as refusal:
        trust_project(project(tmp_path), "prod", {})

    assert refusal.value.fix == "cloudnative pipeline init --environment prod"


def test_github_is_told_who_signs_in_where(tmp_path: Path):
    shop = project(tmp_path)
    initialise(shop)
    settings, _ = settings_there(shop)
    resources = {"resources": [{"type": "pulumi:pulumi:Stack", "outputs": {"trust": TRUST}}]}

    made, *commands = on_github(settings, "prod", outputs(resources))

    assert "gh variable set AZURE_CLIENT_ID --repo acme/shop --env prod --body d" in commands
    assert "gh variable set AZURE_PREVIEW_CLIENT_ID_PROD --repo acme/shop --body v" in commands
    assert len(commands) == 6
    assert made.startswith("gh api --silent repos/acme/shop/environments/prod || {")  # its rules stay


def test_an_environment_on_github_takes_jobs_of_the_branch_alone(tmp_path: Path):
    """Any branch's workflow may say `environment: prod`, and the subject would be the trusted one."""
    shop = project(tmp_path)
    initialise(shop, replace(SAID, branch="it's main"))
    settings, _ = settings_there(shop)

    (made, *_) = on_github(settings, "prod", TRUST)

    words = shlex.split(made)
    assert "deployment_branch_policy[custom_branch_policies]=true" in words
    assert "name=it's main;" in words


def test_the_environments_file_names_its_deployer_once_and_keeps_the_rest():
    before = "config: # ours\n  cloudnative:cloud: azure # paid\n  cloudnative:regions: [koreacentral]\n"

    once = with_deployer(before, "p-1")

    assert once == before.replace("# paid\n", "# paid\n  cloudnative:deployer: p-1\n")
    assert with_deployer(once, "p-2") == once.replace("p-1", "p-2")

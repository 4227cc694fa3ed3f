"""`cloudnative pipeline init|check|trust`: what people are told, and what does not stay behind."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.cli.pipelines import SAID, initialise, planned, project

from cloudnative.commands.pipeline import check
from cloudnative.findings_error import FindingsError
from cloudnative.options import Output
from cloudnative.pipeline.discovery import place, public_url
from cloudnative.pipeline.plan import about, next_steps, settings_of
from cloudnative.pipeline.trust import with_deployer
from cloudnative.present import error_text
from cloudnative_toolchain.errors import ExitCode


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("config:\n  'cloudnative:cloud': azure\n", id="a quoted key"),
        pytest.param("config: # ours\n  cloudnative:regions: [koreacentral]\n", id="no cloud"),
    ],
)
def test_the_deployer_is_named_however_the_file_is_written(before: str):
    named = with_deployer(before, "p-1")

    assert named.count("\n  cloudnative:deployer: p-1\n") == 1
    assert named.replace("  cloudnative:deployer: p-1\n", "") == before


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("git@github.com:acme/cloudnative.git", "https://github.com/acme/cloudnative"),
        ("https://user:ghp_secret@github.com/acme/cloudnative.git", "https://github.com/acme/cloudnative"),
        ("https://token@git.example/acme/c.git", "https://git.example/acme/c.git"),
        ("/work/cloudnative", ""),
        ("git@git.example:acme/c.git", ""),
    ],
)
def test_jobs_install_from_where_they_can_reach_and_nobodys_token_is_written_down(origin: str, url: str):
    assert public_url(origin) == url


def test_a_promotion_that_is_left_over_is_removed_unless_somebody_edited_it(tmp_path: Path):
    shop = project(tmp_path)
    promote = tmp_path / ".github/workflows/cloudnative-promote.yaml"
    initialise(shop)

    done = initialise(shop, replace(SAID, environments=["prod"]))
    assert (done[".github/workflows/cloudnative-promote.yaml"], promote.exists()) == ("remove", False)

    initialise(shop, replace(SAID, environments=["staging", "prod"]))
    promote.write_text(promote.read_text() + "# mine\n")
    (kept,) = [p for p in planned(shop, replace(SAID, environments=["prod"])) if p.path == promote]
    assert (kept.action, kept.line()) == (
        "kept",
        f"keeps {kept.name} (edited by hand; it is not wanted any more)",
    )


def test_what_is_deployed_from_where_is_told_before_it_is_committed(tmp_path: Path):
    settings = settings_of(project(tmp_path), SAID, place(tmp_path))

    assert about(settings) == ["merges to main of acme/shop are deployed to staging, then prod"]
    assert next_steps(settings) == ["cloudnative pipeline trust staging", "cloudnative pipeline trust prod"]


def test_a_repository_without_ids_is_told_how_to_give_them(tmp_path: Path):
    settings = settings_of(project(tmp_path), replace(SAID, owner_id=None), place(tmp_path))

    assert "old form" in about(settings)[-1]
    command, filter_, *rest = next_steps(settings)[0].split("'")
    assert (command, rest) == ("gh api repos/acme/shop --jq ", [" | xargs cloudnative pipeline init"])
    assert filter_ == r'"--owner-id \(.owner.id) --repository-id \(.id)"'


def test_environments_on_the_emulator_are_told_as_such(tmp_path: Path):
    settings = settings_of(project(tmp_path, cloud="emulator"), SAID, place(tmp_path))

    assert "staging, prod on cloud: emulator" in about(settings)[1]


def test_every_environment_that_cannot_be_deployed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shop = project(tmp_path)
    for name in ("staging", "prod"):
        (shop.settings / f"Pulumi.{name}.yaml").write_text("config:\n  cloudnative:cloud: gcp\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(FindingsError) as refusal:
        check(Output.TEXT)

    told = error_text(refusal.value)
    assert "Pulumi.prod.yaml:2:" in told and "Pulumi.staging.yaml:2:" in told
    assert refusal.value.exit_code == ExitCode.USAGE

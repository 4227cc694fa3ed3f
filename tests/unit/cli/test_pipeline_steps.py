"""The scripts of the generated steps, run as a runner runs them: the comment, and the installation."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.github_comments import GitHubComments
from tests.unit.cli.pipelines import initialise, load, project, workflows

MARKER = "<!-- cloudnative preview shop -->"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    initialise(project(root))
    return root


@pytest.fixture
def github() -> Iterator[GitHubComments]:
    with GitHubComments.serving() as github:
        yield github


def comment(root: Path, github: GitHubComments, text: str, token: str = "") -> None:
    """The step that keeps one comment."""
    (step,) = workflows(root)["cloudnative-pull-request.yaml"]["jobs"]["comment"]["steps"]
    assert step["shell"] == "python3 {0}"
    own = {
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": "acme/shop",
        "PULL_REQUEST": "7",
        "TOKEN": token or github.token,
    }
    environment = {"PATH": os.environ["PATH"], **own, "MARKER": step["env"]["MARKER"], "COMMENT": text}
    subprocess.run([sys.executable, "-c", step["run"]], env=environment, check=True, capture_output=True)


def test_the_first_preview_is_a_comment_and_the_next_ones_change_it(root: Path, github: GitHubComments):
    github.said("nice!")

    for text in ("one", "two", "two"):
        comment(root, github, text)

    assert [each["body"] for each in github.comments] == ["nice!", f"{MARKER}\ntwo"]
    assert github.writes == [
        "POST /repos/acme/shop/issues/7/comments",
        "PATCH /repos/acme/shop/issues/comments/2",
    ]


def test_somebody_who_quotes_our_comment_is_not_overwritten(root: Path, github: GitHubComments):
    github.said(f"{MARKER}\nmine")

    comment(root, github, "one")

    assert [each["body"] for each in github.comments] == [f"{MARKER}\nmine", f"{MARKER}\none"]


def test_ours_is_found_among_hundreds(root: Path, github: GitHubComments):
    for number in range(150):
        github.said(f"comment {number}")
    github.said(f"{MARKER}\nold", by="Bot")

    comment(root, github, "new")

    assert (len(github.comments), github.comments[-1]["body"]) == (151, f"{MARKER}\nnew")


def test_without_the_right_to_comment_the_step_fails(root: Path, github: GitHubComments):
    with pytest.raises(subprocess.CalledProcessError):
        comment(root, github, "one", token="another")


def test_previews_are_gathered_in_the_order_of_promotion(root: Path, tmp_path: Path):
    jobs = workflows(root)["cloudnative-pull-request.yaml"]["jobs"]
    steps: dict[str, Any] = {step["name"]: step for step in jobs["preview"]["steps"]}
    for name in ("staging", "prod"):
        (tmp_path / steps[f"Preview {name}"]["env"]["COMMENT"]).write_text(f"### {name}\n")
    output = tmp_path / "output"
    environment = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output)}

    subprocess.run(["bash", "-e", "-c", steps["Gather"]["run"]], env=environment, check=True)

    found = re.fullmatch(r"text<<(.+)\n### staging\n### prod\n\1\n", output.read_text())
    assert found and len(found[1]) == 36  # nobody who writes a preview can guess where it ends


def test_both_previews_of_the_longest_kind_fit_into_one_comment(root: Path):
    previews = [
        step
        for step in workflows(root)["cloudnative-pull-request.yaml"]["jobs"]["preview"]["steps"]
        if step["name"].startswith("Preview")
    ]

    assert sum(int(step["env"]["CLOUDNATIVE_CHARACTERS"]) for step in previews) <= 65_000


def test_our_action_names_the_command_it_installed(root: Path):
    action = load(root / ".github/actions/cloudnative/action.yaml")

    assert action["outputs"]["command"]["value"] == "${{ steps.install.outputs.command }}"
    assert action["runs"]["steps"][0]["id"] == "install"

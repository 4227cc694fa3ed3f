"""Twenty generated projects before actionlint, zizmor and shellcheck; and twins that they must refuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.go_programs import go_program
from tests.unit.cli.pipelines import SAID, initialise, project, steps

from cloudnative.pipeline.actions import actions

pytestmark = pytest.mark.emulator
BIN = Path(sys.executable).parent
GRANTS = "    permissions:\n      contents: read\n      id-token: write"
ONE, TWO = ("prod",), ("staging", "prod")
PROJECTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "one-environment": {"environments": ONE},
    "four-environments": {"environments": ("dev", "test", "staging", "prod")},
    "words-of-yaml": {"environments": ("on", "no", "null", "y")},
    "numbers-in-names": {"environments": ("e1", "e-2"), "name": "s3"},
    "longest-environment": {"environments": ("a" * 20, "b" * 20)},
    "emulator": {"cloud": "emulator"},
    "long-project": {"name": "p" * 60},
    "dotted-project": {"name": "My.Shop_2"},
    "dashes": {"name": "a--b"},
    "branch-with-slash": {"branch": "release/2026-11"},
    "branch-of-patterns": {"branch": "v1+build!"},
    "branch-in-korean": {"branch": "주요"},
    "other-owner": {"repository": "Some-Org/name.with.dots_and-dashes"},
    "monorepo": {"folder": "apps/pay", "name": "pay", "environments": TWO},
    "monorepo-one": {"folder": "a/b/c/d", "name": "deep", "environments": ONE},
    "folder-with-space": {"folder": "my apps/pay it", "name": "pay"},
    "folder-of-patterns": {"folder": "[x]/*y*", "name": "stars"},
    "folder-with-quotes": {"folder": 'it\'s "$HOME" `id` \\ #1', "name": "quotes"},
    "folder-in-unicode": {"folder": "앱/größe: #1", "name": "unicode"},
}


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A repository each, with its pipeline."""
    made: dict[str, Path] = {}
    for name, settings in PROJECTS.items():
        made[name] = tmp_path_factory.mktemp(name)
        initialise(project(made[name], **settings))
    return made


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    """A project like the others, to be spoilt."""
    initialise(project(tmp_path), SAID)
    return tmp_path


def spoil(root: Path, old: str, new: str, *, file: str = "workflows/cloudnative-deploy.yaml") -> None:
    path = root / ".github" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def actionlint(root: Path) -> list[str]:
    """Its findings, shellcheck's on the steps of workflows among them."""
    argv = [str(go_program("actionlint")), "-no-color", "-oneline", f"-shellcheck={BIN / 'shellcheck'}"]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False).stdout.splitlines()


def zizmor(*roots: Path) -> list[str]:
    """Its findings of medium severity and above, with the file."""
    argv = [str(BIN / "zizmor"), "--offline", "--min-severity=medium", "--format=json", "--no-exit-codes"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(roots[0])}
    found = subprocess.run(
        [*argv, *map(str, roots)], env=environment, capture_output=True, text=True, check=True
    )
    return [
        f"{each['ident']}: {each['locations'][0]['symbolic']['key']}" for each in json.loads(found.stdout)
    ]


def shellcheck(root: Path) -> list[str]:
    """Its findings on every script for bash, our action's too, which actionlint does not read."""
    scripts = [
        step["run"] for _, step in steps(root) if "run" in step and "python" not in step.get("shell", "")
    ]
    assert len(scripts) > 3
    argv = [str(BIN / "shellcheck"), "--shell=bash", "--severity=info", "--format=gcc", "-"]
    runs = [
        subprocess.run(argv, input=script, capture_output=True, text=True, check=False) for script in scripts
    ]
    return [line for run in runs for line in run.stdout.splitlines()]


def test_there_are_twenty_projects() -> None:
    assert len(PROJECTS) == 20


def test_actionlint_has_nothing_to_say(roots: dict[str, Path]) -> None:
    assert {name: found for name, root in roots.items() if (found := actionlint(root))} == {}


def test_zizmor_finds_nothing_of_medium_severity_or_above(roots: dict[str, Path]) -> None:
    assert zizmor(*roots.values()) == []


def test_shellcheck_has_nothing_to_say(roots: dict[str, Path]) -> None:
    assert {name: found for name, root in roots.items() if (found := shellcheck(root))} == {}


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("runs-on: ubuntu-latest", "runs-on: ubuntu-lates", "runner-label"),
        ("id: install", "id: installed", "install"),
        ("${{ vars.AZURE_CLIENT_ID }}", "${{ var.AZURE_CLIENT_ID }}", "undefined variable"),
        ('up "$ENVIRONMENT"', "up $ENVIRONMENT", "shellcheck"),
        ("cancel-in-progress: false", "cancel-in-progres: false", "syntax-check"),
    ],
)
def test_actionlint_refuses_a_twin_that_is_wrong(twin: Path, old: str, new: str, finding: str) -> None:
    spoil(twin, old, new)

    assert any(finding in found for found in actionlint(twin))


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (GRANTS, "    permissions: write-all", "excessive-permissions"),
        (f"actions/checkout@{actions()['checkout'].commit}", "example/checkout@v7", "unpinned-uses"),
        ('exec "$COMMAND" up', "exec ${{ github.event.head_commit.message }} up", "template-injection"),
        ("on:\n  push:", "on:\n  pull_request_target:", "dangerous-triggers"),
    ],
)
def test_zizmor_refuses_a_twin_that_is_unsafe(twin: Path, old: str, new: str, finding: str) -> None:
    spoil(twin, old, new)

    assert any(found.startswith(f"{finding}:") for found in zizmor(twin))


def test_shellcheck_refuses_a_twin_of_our_action(twin: Path) -> None:
    spoil(twin, 'rm -rf "$place"', "rm -rf $place", file="actions/cloudnative/action.yaml")

    assert any("SC2086" in found for found in shellcheck(twin))

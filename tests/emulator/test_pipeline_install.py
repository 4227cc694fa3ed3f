"""The step that installs cloudnative, run whole: from a commit of a local git remote, with a hashed lock."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.unit.cli.pipelines import SAID, git, initialise, load, project

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
# What building a wheel takes; the whole lock is installed by `make venv`, in the same way.
NEEDED = ("hatchling", "packaging", "pathspec", "pluggy", "tomli", "tomlkit", "trove-classifiers")
PACKAGE = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "cloudnative"
version = "9.9.9"
[project.scripts]
cloudnative = "cloudnative:main"
"""


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A small cloudnative with the packages of our own lock that a build needs."""
    remote = tmp_path / "remote"
    (remote / "cloudnative").mkdir(parents=True)
    (remote / "cloudnative/__init__.py").write_text("def main():\n    print('installed')\n")
    (remote / "pyproject.toml").write_text(PACKAGE)
    (remote / "requirements.lock").write_text(_needed())
    git(remote, "init", "--quiet")
    _commit(remote)
    return remote


def _needed() -> str:
    entries = re.split(r"\n(?=[a-z])", (ROOT / "requirements.lock").read_text())
    return "\n".join(entry for entry in entries if entry.startswith(tuple(f"{name}==" for name in NEEDED)))


def _commit(remote: Path) -> None:
    git(remote, "add", "--all")
    git(remote, "commit", "--quiet", "--message", "state")


def install(tmp_path: Path, remote: Path) -> subprocess.CompletedProcess[str]:
    """The step of a project whose jobs install the remote's commit."""
    root = tmp_path / "project"
    initialise(project(root), SAID)
    (step,) = load(root / ".github/actions/cloudnative/action.yaml")["runs"]["steps"]
    own = {"SOURCE": remote.as_uri(), "COMMIT": git(remote, "rev-parse", "HEAD"), "HOME": str(tmp_path)}
    own |= {"RUNNER_TOOL_CACHE": str(tmp_path / "tools"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commit_is_installed_and_named(tmp_path: Path, remote: Path) -> None:
    done = install(tmp_path, remote)

    assert done.returncode == 0, done.stderr
    command = (tmp_path / "output").read_text().removeprefix("command=").strip()
    assert subprocess.run([command], capture_output=True, text=True, check=True).stdout == "installed\n"


def test_a_package_whose_hash_is_another_is_not_installed(tmp_path: Path, remote: Path) -> None:
    lock = remote / "requirements.lock"
    lock.write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", lock.read_text()))
    _commit(remote)

    done = install(tmp_path, remote)

    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not list((tmp_path / "tools").rglob("complete"))

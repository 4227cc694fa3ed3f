"""The command as an ordinary user: with an emulator that root has started, and without root altogether."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.project import COMMAND, Run

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]

NOBODY = 65534
# Reading is allowed, because Python and toolchain of this checkout may lie in a folder that only root enters.
AS_NOBODY = [
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
    "--bounding-set=-all,+dac_read_search", "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=+dac_read_search",
]  # fmt: skip
COMPOSE = f"""services:
  web:
    image: debian@sha256:{"0" * 64}
    user: "1000"
    ports: ["8080:8080"]
"""


@dataclass(frozen=True)
class User:
    """Somebody without root, their project and their home."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def run(self, *arguments: str) -> Run:
        return self._run([*AS_NOBODY, str(COMMAND), *arguments])

    def sudo(self, *arguments: str) -> Run:
        return self._run([str(COMMAND), *arguments])

    def _run(self, argv: list[str]) -> Run:
        cache = os.environ.get("CLOUDNATIVE_CACHE", str(Path.home() / ".cache/cloudnative"))
        own = {"CLOUDNATIVE_HOME": str(self.home), "CLOUDNATIVE_CACHE": cache, "HOME": str(self.folder)}
        done = subprocess.run(
            argv, cwd=self.folder / "project", env={**os.environ, **own}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def user() -> Iterator[User]:
    folder = Path(tempfile.mkdtemp(prefix="cloudnative-user-"))
    (folder / "project").mkdir()
    (folder / "project/compose.yaml").write_text(COMPOSE)
    for path in (folder, folder / "project", folder / "project/compose.yaml"):
        os.chown(path, NOBODY, NOBODY)
    user = User(folder)
    assert user.run("init").code == 0
    yield user
    assert user.sudo("emulator", "reset", "--yes").code == 0
    shutil.rmtree(folder)


def succeeded(run: Run) -> Any:
    assert run.code == 0, run.out + run.err
    return json.loads(run.out)


def test_without_root_a_run_ends_well_and_says_that_pods_are_simulated_and_why(user: User) -> None:
    up = user.run("up", "dev", "--yes", "--output", "json")
    assert [region["endpoints"] for region in succeeded(up)["regions"]] == [[]]
    assert "pods are simulated" in up.err
    assert "real nodes need root" in up.err
    assert_a_user_can_look_and_end(user)
    assert "fix: cloudnative emulator stop" in user.sudo("emulator", "start").err  # no more than a user's
    assert user.run("emulator", "reset", "--yes").code == 0


def test_an_emulator_of_root_serves_the_owner_of_the_home(user: User) -> None:
    started = user.sudo("emulator", "start", "--backend", "simulated")
    assert started.code == 0, started.err
    succeeded(user.run("up", "dev", "--yes", "--output", "json"))
    assert foreign_files(user.home) == set()
    assert user.run("emulator", "stop").code == 0
    assert not (user.home / "emulator/endpoint.json").exists()
    refused = user.run("up", "dev", "--yes")
    assert refused.code == 2
    assert "$(command -v cloudnative) emulator start" in refused.err
    assert user.sudo("emulator", "start", "--backend", "simulated").code == 0
    assert_it_runs(user)


def assert_it_runs(user: User) -> None:
    status = succeeded(user.run("status", "dev", "--output", "json"))
    assert [service["ready"] for service in status["regions"][0]["services"]] == [1]


def assert_a_user_can_look_and_end(user: User) -> None:
    assert_it_runs(user)
    assert user.run("logs", "dev").code == 0
    assert succeeded(user.run("down", "dev", "--yes", "--output", "json"))["result"] == "succeeded"


def foreign_files(home: Path) -> set[str]:
    """What is not the user's in their home; the insides of builds and clusters are root's."""
    inside = ("emulator/builder/", "emulator/clusters/", "emulator/registries/")
    paths = [path for path in home.rglob("*") if path.lstat().st_uid != NOBODY]
    names = {str(path.relative_to(home)) for path in paths}
    return {name for name in names if not name.startswith(inside)}


def test_images_that_nobody_can_build_are_told_before_anything_is_made(user: User) -> None:
    (user.folder / "project/Dockerfile").write_text("FROM scratch\n")
    (user.folder / "project/compose.yaml").write_text("services: {web: {build: .}}\n")
    refused = user.run("up", "dev", "--yes", "--output", "json")
    assert refused.code == 2
    assert json.loads(refused.out)["error"]["code"] == "image.no-builder"
    assert "builder: docker" in json.loads(refused.out)["error"]["fix"]
    assert user.run("status", "dev").out.startswith("dev has no cluster")

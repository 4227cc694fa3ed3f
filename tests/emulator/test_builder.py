"""The emulator's BuildKit: Dockerfiles that ask for a front end, and the host's certificates in RUN steps."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.emulator.live_home import LiveHome

import cloudnative_emulator
from cloudnative_toolchain.programs import program

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.skipif(os.geteuid() != 0, reason="BuildKit needs root"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHome]:
    folder = tmp_path_factory.mktemp("builder")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(folder / "home"))
        home = LiveHome(folder / "home")
        home.start("simulated")
        yield home
        cloudnative_emulator.reset()


def build(folder: Path, dockerfile: str, *output: str) -> str:
    """Builds without cache and pushes nothing; BuildKit's log."""
    (folder / "Dockerfile").write_text(dockerfile)
    found = cloudnative_emulator.endpoint()
    assert found
    argv = [str(program("buildctl")), f"--addr={found.buildkit}", "build", "--frontend=dockerfile.v0"]
    argv += [f"--local=context={folder}", f"--local=dockerfile={folder}", "--no-cache", *output]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize("tag", ["1", "1.7-labs"])
def test_a_dockerfile_that_names_its_front_end_builds(home: LiveHome, tmp_path: Path, tag: str) -> None:
    lines = [
        f"# syntax=docker/dockerfile:{tag}",
        "FROM debian:bookworm-slim",
        "RUN <<DONE",
        "echo made",
        "DONE",
    ]
    said = build(tmp_path, "\n".join(lines))
    assert f"docker-image://docker.io/docker/dockerfile:{tag}" in said
    assert "made" in said

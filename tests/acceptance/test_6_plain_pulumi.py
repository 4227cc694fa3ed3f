"""Line 11: a raw resource is deployed; the bare engine agrees; somebody else's compose file works."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.load import wait_for
from tests.acceptance.project import COMMAND, Project, url

pytestmark = pytest.mark.emulator

RAW_RESOURCE = """
from pulumi_azure_native import resources

resources.ResourceGroup("extra", resource_group_name="rg-extra", location="koreacentral")
"""


def test_a_raw_azure_native_resource_is_deployed(project: Project, first_up: Any) -> None:
    program = project.folder / "stacks" / "__main__.py"
    before = program.read_text()
    program.write_text(before + RAW_RESOURCE)
    assert project.up()["changes"]["create"] == 1
    program.write_text(before)
    assert project.up()["changes"]["delete"] == 1


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_bare_engine_plans_no_change(project: Project, first_up: Any) -> None:
    before = contents(project.folder)
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("bare_engine.py")), str(COMMAND), "preview"],
        cwd=project.folder, env=project.environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "unchanged" in run.stdout
    for word in ("to create", "to update", "to delete", "to replace"):
        assert word not in run.stdout
    assert contents(project.folder) == before


COMPOSE = """
services:
  hello:
    build: .
    ports: ["8088:8088"]
"""
DOCKERFILE = """
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends busybox && rm -rf /var/lib/apt/lists/*
RUN mkdir /www && echo '<html>hello from somebody else</html>' > /www/index.html
USER 10001
EXPOSE 8088
CMD ["busybox", "httpd", "-f", "-p", "8088", "-h", "/www"]
"""


def test_init_and_up_of_somebody_elses_compose_file(project: Project, first_up: Any) -> None:
    folder = project.folder.parent / "elsewhere"
    folder.mkdir()
    (folder / "compose.yaml").write_text(COMPOSE)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    other = Project(folder, project.home)
    init = other.run("init")
    assert init.code == 0, init.out + init.err
    result = other.up()
    wait_for("hello from somebody else", url(result, "hello"))
    assert other.run("down", "dev", "--yes").code == 0

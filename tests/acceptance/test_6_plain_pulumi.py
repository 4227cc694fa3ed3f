"""Line 11: a raw resource is deployed, and the bare engine agrees."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.project import COMMAND, Project

pytestmark = pytest.mark.emulator

RAW_RESOURCE = """
from pulumi_azure_native import resources

resources.ResourceGroup("extra", resource_group_name="rg-extra", location="koreacentral")
"""


def test_a_raw_azure_native_resource_is_deployed(project: Project, first_up: Any) -> None:
    program = project.folder / "stacks" / "__main__.py"
    before = program.read_text()
    try:
        program.write_text(before + RAW_RESOURCE)
        assert project.up()["changes"]["create"] == 1
    finally:
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

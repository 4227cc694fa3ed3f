"""The YAML program of docs/components.md under the bare engine, on an emulator."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.emulator.another_language import Engine
from tests.emulator.live_home import LiveHome

import cloudnative_emulator

pytestmark = pytest.mark.emulator
COMMAND = Path(sys.executable).with_name("cloudnative")
PAGE = Path(__file__).parents[2] / "docs/components.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path / "home"))
    home = LiveHome(tmp_path / "home")
    try:
        home.start("simulated")
        work = tmp_path / "work"
        work.mkdir()
        (work / "Pulumi.yaml").write_text(PAGE.read_text().split("```yaml\n")[1].split("```")[0])
        monkeypatch.chdir(work)
        yield work
    finally:
        cloudnative_emulator.reset()


def test_a_yaml_program_makes_a_registry_and_a_region_and_then_changes_nothing(folder: Path) -> None:
    engine = Engine(COMMAND, folder)
    engine.run("stack", "init", "dev")
    engine.run_program("up", "--yes", "--skip-preview")
    assert engine.host.outputs["cluster"].endswith("/managedClusters/aks-team")
    assert engine.host.outputs["server"].startswith("127.0.0.1:")
    assert list(json.loads(engine.run_program("preview"))["changeSummary"]) == ["same"]

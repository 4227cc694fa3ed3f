"""Line 7: `down` and `emulator stop` leave the machine as it was; so do a killed daemon and `reset`."""

import os
import signal
from typing import Any

import pytest
from tests.acceptance.arm import endpoint
from tests.acceptance.machine import Snapshot, difference, snapshot
from tests.acceptance.project import Project

pytestmark = pytest.mark.emulator


def test_reset_after_a_killed_daemon_leaves_nothing(
    project: Project, first_up: Any, bare_machine: Snapshot
) -> None:
    marker = str(project.home)
    os.kill(endpoint(project.home)["pid"], signal.SIGKILL)
    assert project.run("emulator", "reset", "--yes").code == 0
    assert difference(bare_machine, snapshot(marker)) == {}
    assert not (project.home / "emulator").exists() or not any((project.home / "emulator").iterdir())


def test_up_after_a_reset_starts_over(project: Project, first_up: Any) -> None:
    result = project.up()
    assert result["changes"]["create"] == first_up["changes"]["create"]


def test_down_and_stop_leave_the_machine_as_it_was(
    project: Project, first_up: Any, bare_machine: Snapshot
) -> None:
    down = project.run("down", "dev", "--yes", "--output", "json")
    assert down.code == 0, down.out + down.err
    assert project.run("emulator", "stop").code == 0
    assert difference(bare_machine, snapshot(str(project.home))) == {}

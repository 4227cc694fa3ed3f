"""Line 8: stop and start, kill -9 and start; the application answers again with its data."""

import os
import signal
from typing import Any

import pytest
from tests.acceptance.arm import endpoint
from tests.acceptance.load import fetch, wait_for
from tests.acceptance.project import Project, url

pytestmark = pytest.mark.emulator


def answers_with_its_data(first_up: Any, before: str) -> None:
    wait_for(before, url(first_up, "web") + "/api/analytics", seconds=90)


def test_stop_and_start_bring_the_application_back(project: Project, first_up: Any) -> None:
    before = fetch(url(first_up, "web") + "/api/analytics")
    assert project.run("emulator", "stop").code == 0
    assert project.run("emulator", "start").code == 0
    answers_with_its_data(first_up, before)


def test_a_killed_daemon_comes_back_with_everything(project: Project, first_up: Any) -> None:
    before = fetch(url(first_up, "web") + "/api/analytics")
    os.kill(endpoint(project.home)["pid"], signal.SIGKILL)
    assert project.run("emulator", "start").code == 0
    answers_with_its_data(first_up, before)
    assert not {"create", "update", "replace", "delete"} & set(project.up()["changes"])

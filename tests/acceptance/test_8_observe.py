"""`metrics` and `trail` on the sample: a load, and what a broken dependency does (issue 4, line 6)."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.acceptance.project import Project, url

pytestmark = pytest.mark.emulator
STATEFUL = ("users-db", "queue")


def node(project: Project) -> str:
    return project.kubectl("get", "nodes", "--output", "name").strip()


@pytest.fixture(scope="module")
def running(project: Project, first_up: Any) -> Any:
    """What runs now: tests before these brought it down and up again, with other addresses."""
    return project.up()


@pytest.fixture
def broken(project: Project, running: Any) -> Iterator[Project]:
    """The sample without its user database and its queue: their pods find no node."""
    project.kubectl("cordon", node(project))
    pods = [f"pod/{name}-0" for name in STATEFUL]
    project.kubectl("delete", *pods, "--namespace", "shipping", "--wait=false")
    yield project
    project.kubectl("uncordon", node(project))
    for name in (*(f"statefulset/{name}" for name in STATEFUL), "deployment/bookings", "deployment/worker"):
        project.kubectl("rollout", "status", name, "--namespace", "shipping", "--timeout=50s")


@contextmanager
def load(address: str) -> Generator[None]:
    """Ten requests a second while the block lasts."""
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(0.1):
            try:
                urllib.request.urlopen(address, timeout=5).close()
            except urllib.error.URLError:
                continue  # an error may be what is to be measured

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def row(project: Project, service: str) -> Any:
    told = project.run("metrics", "dev", service, "--window", "1m", "--output", "json").json
    (region,) = told["regions"]
    assert region["name"] == "koreacentral"
    return region["services"][0]


def eventually(look: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not good(found := look()) and time.monotonic() < deadline:
        time.sleep(2)
    return found


def steps(project: Project) -> dict[int, Any]:
    return {step["number"]: step for step in project.run("trail", "dev", "--output", "json").json["steps"]}


def working(found: dict[int, Any]) -> list[int]:
    return [number for number, step in found.items() if step["status"] == "working"]


def test_at_least_seven_steps_of_the_trail_work(project: Project, running: Any) -> None:
    expected = {1, 3, 4, 5, 6, 7, 8, 9, 10}
    found = eventually(lambda: steps(project), lambda found: expected <= set(working(found)))
    assert expected <= set(working(found)), found
    assert found[2]["next"] == "cloudnative pipeline init"


def test_metrics_show_a_load_and_what_has_no_request_metrics(project: Project, running: Any) -> None:
    with load(url(running, "web") + "/api/bookings"):
        web = eventually(lambda: row(project, "web"), lambda row: row["rate"] and row["rate"] > 2)
    assert web["rate"] > 2 and web["error_ratio"] == 0 and 0 < web["p50"] <= web["p95"]
    assert web["cpu"]["limit"] == 2.0 and 0 < web["memory"]["used"] < web["memory"]["limit"]
    assert row(project, "queue")["rate"] is None
    assert "no request metrics" in project.run("metrics", "dev", "queue").out


def test_a_broken_dependency_is_an_error_rate_and_a_broken_step(broken: Project, running: Any) -> None:
    with load(url(running, "web") + "/api/bookings"):
        web = eventually(lambda: row(broken, "web"), lambda row: row["errors"] and row["errors"] > 0.2)
    found = steps(broken)
    assert web["errors"] > 0.2 and web["error_ratio"] > 0
    assert found[5]["status"] == found[8]["status"] == "broken"
    assert "queue" in found[8]["evidence"] and "koreacentral" in found[8]["evidence"]

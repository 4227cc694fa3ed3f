"""Lines 3, 4 and 5: a good change, a crash at start, a cluster that may not pull."""

import re
from typing import Any

import pytest
from tests.acceptance.arm import remove_role_assignments
from tests.acceptance.load import Load, fetch, wait_for
from tests.acceptance.project import Project, url

pytestmark = pytest.mark.emulator

SITE = "samples/shipping/site/html/index.html"
BOOKINGS = "samples/shipping/bookings/bookings/__main__.py"


def workloads(pods: dict[str, int], but: str) -> set[str]:
    return {name for name in pods if not name.startswith(f"{but}-")}


def test_one_changed_line_rolls_one_service_without_a_failed_request(project: Project, first_up: Any) -> None:
    before, digests = project.pods(), first_up["release"]["images"]
    project.edit(SITE, "</h1>", " today</h1>")
    with Load(url(first_up, "site")) as load:
        result = project.up()
        wait_for(" today</h1>", url(first_up, "site"))
    assert load.failures == []
    assert load.sent > 20
    changed = {s for s, digest in result["release"]["images"].items() if digests[s] != digest}
    assert changed == {"site"}
    assert workloads(before, "site") == workloads(project.pods(), "site")


def test_a_crash_at_start_is_named_and_the_old_version_answers(project: Project, first_up: Any) -> None:
    good = (project.folder / BOOKINGS).read_text()
    (project.folder / BOOKINGS).write_text("raise SystemExit('the tide is out')\n")
    code, events = project.watch("up", "dev", "--yes")
    error = events[-1][1]["error"]
    assert code == 4, events
    pod = re.search(r"bookings-[a-z0-9-]+", error["what"])
    assert pod, error
    assert "exit code 1" in error["why"]
    assert "the tide is out" in error["why"]
    told = next(when for when, event in events if event["event"] == "problem" and event.get("final"))
    assert told - project.started(pod.group()) < 20
    assert "<html" in fetch(url(first_up, "web"))
    (project.folder / BOOKINGS).write_text(good)
    project.up()
    status = project.run("status", "dev", "--output", "json").json
    assert all(s["ready"] == s["desired"] for s in status["regions"][0]["services"])
    assert not {"create", "update", "replace", "delete"} & set(project.up()["changes"])


def test_the_next_good_change_converges_too(project: Project, first_up: Any) -> None:
    project.edit(SITE, " today</h1>", " tomorrow</h1>")
    project.up()
    wait_for(" tomorrow</h1>", url(first_up, "site"))


def test_a_missing_acrpull_is_named_and_its_fix_works(project: Project, first_up: Any) -> None:
    remove_role_assignments(project.home, "AcrPull")
    project.edit(SITE, " tomorrow</h1>", " next week</h1>")
    run = project.run("up", "dev", "--yes", "--output", "json")
    error = run.json["error"]
    assert run.code == 4, run.out + run.err
    assert "AcrPull" in str(error)
    assert "401" in str(error)
    assert error["fix"].startswith("cloudnative ")
    fixed = project.run(*error["fix"].split()[1:], "--yes")
    assert fixed.code == 0, fixed.out + fixed.err
    wait_for(" next week</h1>", url(first_up, "site"))

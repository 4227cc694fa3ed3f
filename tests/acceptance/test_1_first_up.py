"""Lines 1 and 2 of the issue: `up` ends with addresses, and a second `up` changes nothing."""

from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.load import wait_for
from tests.acceptance.project import Project, url
from tests.emulator.browser import Browser

pytestmark = pytest.mark.emulator

SERVICES = {"site", "web", "bookings", "worker", "users-db", "analytics", "queue"}


def test_up_reports_what_it_made(first_up: Any) -> None:
    assert first_up["environment"] == "dev"
    assert first_up["cloud"] == "emulator"
    assert first_up["changes"]["create"] > 10
    assert first_up["release"]["number"] == 1
    assert set(first_up["release"]["images"]) == SERVICES
    assert all(digest.startswith("sha256:") for digest in first_up["release"]["images"].values())


def test_every_public_service_answers(first_up: Any) -> None:
    for service in ("site", "web"):
        wait_for("<html", url(first_up, service))


def test_a_booking_made_in_a_browser_is_counted(first_up: Any, tmp_path: Path) -> None:
    with Browser() as browser:
        browser.open(url(first_up, "web"))
        before = int(browser.text("#booked-count"))
        browser.book(shipper="Ada", origin="Busan", destination="Rotterdam", teu=3)
        browser.wait_until(lambda: int(browser.text("#booked-count")) == before + 1, seconds=20)
        browser.screenshot(tmp_path / "booked.png")
    assert (tmp_path / "booked.png").stat().st_size > 10_000


def test_status_shows_every_service_ready(project: Project, first_up: Any) -> None:
    status = project.run("status", "dev", "--output", "json").json
    region = status["regions"][0]
    assert {service["name"] for service in region["services"]} == SERVICES
    assert all(service["ready"] == service["desired"] > 0 for service in region["services"])
    assert region["release"] == 1
    assert region["cluster"]["state"] == "Running"


def test_up_again_changes_nothing(project: Project, first_up: Any) -> None:
    pods = project.pods()
    again = project.up()
    assert not {"create", "update", "replace", "delete"} & set(again["changes"])
    assert project.pods() == pods


def test_the_checkout_stays_clean(project: Project, first_up: Any) -> None:
    copy = {p.relative_to(project.folder) for p in project.folder.rglob("*") if p.is_file()}
    ours = {p for p in copy if p.parts[0] not in ("stacks", "samples", "Pulumi.yaml")}
    assert ours == set()

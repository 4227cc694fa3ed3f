"""A part of the sample is away: nothing is lost, and everything is counted in the end."""

import json
from typing import Any

import pytest
from tests.acceptance.load import fetch, wait_for
from tests.acceptance.project import Project, url
from tests.emulator.browser import Browser

pytestmark = pytest.mark.emulator

PAUSE = "REDISCLI_AUTH=$(cat $PASSWORD_FILE) redis-cli client pause 15000 all"


def counted(browser: Browser) -> int:
    return int(browser.text("#booked-count").replace(",", ""))


def test_a_booking_made_while_the_queue_hangs_is_counted_later(project: Project, first_up: Any) -> None:
    with Browser() as browser:
        browser.open(url(first_up, "web"))
        before = counted(browser)
        project.kubectl("exec", "--namespace", "shipping", "queue-0", "--", "sh", "-c", PAUSE)
        answer = browser.book(shipper="Ada", origin="Busan", destination="Hamburg", teu=5)
        assert (answer[:13], counted(browser)) == ("Booked: 5 TEU", before)
        browser.wait_until(lambda: counted(browser) == before + 1, seconds=60)


def test_bookings_outlive_the_pod_of_their_database(project: Project, first_up: Any) -> None:
    web = url(first_up, "web")
    total = json.loads(fetch(f"{web}/api/bookings?limit=1"))["total"]
    project.kubectl("delete", "pod", "--namespace", "shipping", "users-db-0", "--wait=false")
    assert "<html" in fetch(web)
    wait_for(f'"total":{total}', f"{web}/api/bookings?limit=1", seconds=90)

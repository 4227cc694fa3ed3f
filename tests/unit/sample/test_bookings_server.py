"""The bookings service over HTTP, with a database that is a list."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from bookings.booking import Booking
from bookings.metrics import Metrics
from bookings.server import Server
from bookings.unavailable import Unavailable


class ListStore:
    migrated = True

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.away, self.slow = False, 0.0

    def ping(self) -> None:
        time.sleep(self.slow)
        if self.away:
            raise Unavailable("connection refused")

    def add(self, booking: Booking) -> tuple[dict[str, Any], bool]:
        self.ping()
        new = booking.id not in self.rows
        return self.rows.setdefault(booking.id, asdict(booking)), new

    def recent(self, limit: int) -> tuple[list[dict[str, Any]], int]:
        self.ping()
        return list(self.rows.values())[:limit], len(self.rows)


class CountingOutbox:
    nudges = 0

    def nudge(self) -> None:
        self.nudges += 1


class Loopback(Server):
    """The service on loopback only."""

    def server_bind(self) -> None:
        self.server_address = ("127.0.0.1", 0)
        super().server_bind()


class Service:
    def __init__(self) -> None:
        self.store, self.outbox = ListStore(), CountingOutbox()
        self.server = Loopback(0, self.store, self.outbox, Metrics())  # pyright: ignore[reportArgumentType] - stands in by its methods
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=5)
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        connection.request(method, path, data, {"Content-Type": "application/json", **headers})
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        is_json = response.headers.get_content_type() == "application/json"
        return response.status, json.loads(text) if is_json else text


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    yield running
    running.server.drain(seconds=1)
    running.server.server_close()


BOOKING = {"shipper": "Hanbit", "from_port": "KRPUS", "to_port": "NLRTM", "teu": 12}


def test_a_booking_is_stored_and_passed_on(service: Service) -> None:
    status, stored = service.ask("POST", "/bookings", BOOKING)
    assert (status, stored["teu"], service.outbox.nudges) == (201, 12, 1)
    assert service.ask("GET", "/bookings?limit=5") == (200, {"bookings": [stored], "total": 1})


def test_a_booking_sent_twice_is_booked_once(service: Service) -> None:
    body = {**BOOKING, "id": "0b0e7f6a-3f1d-4a52-9a10-0a4f5b8f4c11"}
    assert [service.ask("POST", "/bookings", body)[0] for _ in range(2)] == [201, 200]
    assert len(service.store.rows) == service.outbox.nudges == 1


def test_a_refused_booking_says_why_field_by_field(service: Service) -> None:
    status, answer = service.ask("POST", "/bookings", {**BOOKING, "teu": 0})
    assert (status, list(answer["fields"]), service.store.rows) == (400, ["teu"], {})


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[" * 9000, 400), (b"x" * 20_000, 413)])
def test_a_body_that_is_no_booking_is_refused(service: Service, body: bytes, status: int) -> None:
    assert service.ask("POST", "/bookings", body)[0] == status


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1e9", "99999999999999999999"])
def test_an_unreasonable_limit_is_refused(service: Service, limit: str) -> None:
    assert service.ask("GET", f"/bookings?limit={limit}")[0] == 400


def test_without_its_database_it_lives_but_is_not_ready(service: Service) -> None:
    service.store.away = True
    asked = {path: service.ask("GET", path)[0] for path in ("/healthz", "/readyz", "/bookings", "/ports")}
    assert asked == {"/healthz": 200, "/readyz": 503, "/bookings": 503, "/ports": 200}


def test_requests_are_measured_by_route(service: Service) -> None:
    service.ask("POST", "/bookings", BOOKING)
    service.ask("GET", "/no/such/path")
    text, deadline = "", time.monotonic() + 5  # a request is counted just after its answer
    while "(unknown)" not in text and time.monotonic() < deadline:
        text = service.ask("GET", "/metrics")[1]
    series = 'http_server_request_duration_seconds_count{http_request_method="%s",http_route="%s",%s="%d"} 1'
    code = "http_response_status_code"
    assert series % ("POST", "/bookings", code, 201) in text
    assert series % ("GET", "(unknown)", code, 404) in text
    assert "shipping_bookings_made_total 1" in text


def test_a_stop_waits_for_the_request_in_flight(service: Service) -> None:
    service.store.slow = 0.3
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(service.ask("POST", "/bookings", BOOKING)[0]))
    asking.start()
    time.sleep(0.1)
    assert service.server.drain(seconds=2)
    asking.join()
    assert answers == [201]

"""HTTP: JSON in, JSON out."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .booking import InvalidBooking, parse
from .metrics import Metrics
from .ports import PORTS
from .unavailable import Unavailable

if TYPE_CHECKING:
    from .outbox import Outbox
    from .store import Store

VERSION = "1.0.0"
LARGEST_BODY = 16 * 1024
log = logging.getLogger("bookings.http")


class Refused(Exception):
    """A request that gets an error answer."""

    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status, self.body = status, {"error": error, **more}


class Server(ThreadingHTTPServer):
    """Counts the requests in flight, so that a stop can wait for them."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, store: Store, outbox: Outbox, metrics: Metrics) -> None:
        self.store, self.outbox, self.metrics = store, outbox, metrics
        self.draining = False
        self._busy, self._idle = 0, threading.Condition()
        super().__init__(("", port), Handler)

    def server_bind(self) -> None:
        """Binds without the look-up of the host's full name, which hangs where DNS is away."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "bookings", self.server_address[1]

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """Marks a request as being answered."""
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def drain(self, seconds: float) -> bool:
        """Takes no new connections and waits for answers that are under way; False when time ran out."""
        self.draining = True
        self.shutdown()
        with self._idle:
            return self._idle.wait_for(lambda: self._busy == 0, timeout=seconds)


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "bookings", ""
    timeout = 65  # seconds a kept-alive connection may be silent; longer than its clients keep it
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        with self.server.in_flight():
            started, path = time.monotonic(), urlsplit(self.path).path
            route = path if (self.command, path) in ROUTES else "(unknown)"
            try:
                status, body = self._route(path)
            except Refused as refused:
                status, body = refused.status, refused.body
            except Unavailable as problem:
                log.warning("the database does not answer: %s", problem)
                status, body = 503, {"error": "unavailable", "message": "The user database does not answer."}
            except Exception:
                log.exception("%s %s failed", self.command, path)
                status, body = 500, {"error": "internal"}
            self._send(status, body)
            self.server.metrics.observe(self.command, route, status, time.monotonic() - started)

    def _route(self, path: str) -> tuple[int, Any]:
        handle = ROUTES.get((self.command, path))
        if handle is None:
            raise Refused(404, "not_found")
        return handle(self)

    def _send(self, status: int, body: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        data = text.encode()
        self.send_response(status)
        plain = isinstance(body, str)
        self.send_header("Content-Type", "text/plain; version=0.0.4" if plain else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Served-By", socket.gethostname())
        self.send_header("X-Version", VERSION)
        # A refused request may have left its body unread on the connection.
        if self.server.draining or (status >= 400 and self.command == "POST"):
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def _json(self) -> Any:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise Refused(411, "length_required")
        if int(length) > LARGEST_BODY:
            raise Refused(413, "too_large")
        data = self.rfile.read(int(length))
        if self.headers.get_content_type() != "application/json":
            raise Refused(415, "not_json", message="Send application/json.")
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as problem:
            raise Refused(400, "not_json", message="The body is not valid JSON.") from problem

    def live(self) -> tuple[int, Any]:
        return 200, {"status": "ok"}

    def ready(self) -> tuple[int, Any]:
        if self.server.draining or not self.server.store.migrated:
            raise Refused(503, "starting or stopping")
        self.server.store.ping()
        return 200, {"status": "ok"}

    def metrics(self) -> tuple[int, Any]:
        return 200, self.server.metrics.render()

    def ports(self) -> tuple[int, Any]:
        return 200, {"ports": [{"code": code, "name": name} for code, name in PORTS.items()]}

    def recent(self) -> tuple[int, Any]:
        asked = parse_qs(urlsplit(self.path).query).get("limit", ["10"])[-1]
        if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:9]) <= 100:
            raise Refused(400, "invalid", fields={"limit": "Ask for 1 to 100 bookings."})
        bookings, total = self.server.store.recent(int(asked))
        return 200, {"bookings": bookings, "total": total}

    def book(self) -> tuple[int, Any]:
        payload = self._json()
        try:
            booking = parse(payload)
        except InvalidBooking as problem:
            self.server.metrics.count("shipping_bookings_refused_total")
            raise Refused(400, "invalid", fields=problem.fields) from problem
        stored, new = self.server.store.add(booking)
        if new:
            self.server.metrics.count("shipping_bookings_made_total")
            self.server.outbox.nudge()
        return (201 if new else 200), stored

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        if urlsplit(self.path).path not in ("/healthz", "/readyz", "/metrics"):
            log.info("%s %s %s", self.command, urlsplit(self.path).path, code)

    def log_message(self, format: str, *args: Any) -> None:
        log.info(format, *args)


ROUTES = {
    ("GET", "/healthz"): Handler.live,
    ("GET", "/readyz"): Handler.ready,
    ("GET", "/metrics"): Handler.metrics,
    ("GET", "/ports"): Handler.ports,
    ("GET", "/bookings"): Handler.recent,
    ("POST", "/bookings"): Handler.book,
}

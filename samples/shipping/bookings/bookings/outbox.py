"""Hands stored bookings to the queue, for as long as it takes."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import redis

from .metrics import Metrics
from .store import Store
from .unavailable import Unavailable

STREAM = "bookings"
log = logging.getLogger("bookings.outbox")


class Outbox(threading.Thread):
    """A booking counts as made once it is in the database; this thread sees to it that the queue gets it."""

    def __init__(self, store: Store, address: str, password_file: Path, metrics: Metrics) -> None:
        super().__init__(name="outbox", daemon=True)
        self._store, self._address, self._password_file = store, address, password_file
        self._metrics = metrics
        self._wake, self._stopped = threading.Event(), threading.Event()

    def nudge(self) -> None:
        """Says that there is something to send."""
        self._wake.set()

    def stop(self) -> None:
        """Ends the thread after the batch it is sending."""
        self._stopped.set()
        self._wake.set()

    def run(self) -> None:
        """Sends until stopped; waits longer after each failure, 2 seconds at most."""
        pause, client = 0.5, None
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                if not self._store.migrated:
                    self._store.migrate()
                    log.info("the database is there and its schema is up to date")
                client = client or self._connect()
                while sent := self._store.pass_on(lambda row: self._send(client, row)):
                    self._metrics.count("shipping_bookings_queued_total", sent)
                pause = 0.5
            except (Unavailable, redis.RedisError, OSError) as problem:
                log.warning("will try again in %.1f s: %s", pause, problem)
                self._stopped.wait(pause)
                client, pause = None, min(pause * 2, 2.0)
                continue
            self._wake.wait(timeout=2.0)

    def _connect(self) -> Any:
        host, _, port = self._address.partition(":")
        password = self._password_file.read_text(encoding="utf-8").strip()
        return redis.Redis(host, int(port or 6379), password=password, socket_timeout=3, socket_connect_timeout=2)

    def _send(self, client: Any, row: dict[str, Any]) -> None:
        client.xadd(STREAM, {key: str(value) for key, value in row.items()}, maxlen=1_000_000)

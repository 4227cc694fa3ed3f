"""The user database: bookings, and which of them the queue has not got yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
import psycopg2.extensions

from .booking import Booking
from .unavailable import Unavailable

AWAY = (psycopg2.OperationalError, psycopg2.InterfaceError)
T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS bookings (
    id        uuid PRIMARY KEY,
    shipper   text NOT NULL,
    from_port text NOT NULL,
    to_port   text NOT NULL,
    teu       integer NOT NULL CHECK (teu > 0),
    booked_at timestamptz NOT NULL DEFAULT now(),
    queued_at timestamptz
);
CREATE INDEX IF NOT EXISTS bookings_by_time ON bookings (booked_at DESC);
CREATE INDEX IF NOT EXISTS bookings_not_queued ON bookings (booked_at) WHERE queued_at IS NULL;
"""
COLUMNS = "id::text, shipper, from_port, to_port, teu, booked_at"
FIELDS = ("id", "shipper", "from_port", "to_port", "teu", "booked_at")


class Store:
    """Bookings in PostgreSQL. Every method raises `Unavailable` while the database is away."""

    def __init__(self, url: str, password_file: Path, connections: int = 6) -> None:
        self._url, self._password_file = url, password_file
        self._slots = threading.BoundedSemaphore(connections)
        self._idle: list[Any] = []
        self.migrated = False

    def migrate(self) -> None:
        """Brings the schema up to date; replicas that start together wait for one another."""

        def work(cursor: Any) -> None:
            cursor.execute("SELECT pg_advisory_xact_lock(721001)")
            cursor.execute(SCHEMA)

        self._run(work)
        self.migrated = True

    def ping(self) -> None:
        """Returns when the database answers."""
        self._run(lambda cursor: cursor.execute("SELECT 1"))

    def add(self, booking: Booking) -> tuple[dict[str, Any], bool]:
        """The booking as stored, and whether it is new; one that is there already stays as it is."""

        def work(cursor: Any) -> tuple[dict[str, Any], bool]:
            cursor.execute(
                "INSERT INTO bookings (id, shipper, from_port, to_port, teu) VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT (id) DO NOTHING",
                (booking.id, booking.shipper, booking.from_port, booking.to_port, booking.teu),
            )
            new = cursor.rowcount == 1
            cursor.execute(f"SELECT {COLUMNS} FROM bookings WHERE id = %s", (booking.id,))
            return _row(cursor.fetchone()), new

        return self._run(work)

    def recent(self, limit: int) -> tuple[list[dict[str, Any]], int]:
        """The newest bookings, newest first, and how many there are in all."""

        def work(cursor: Any) -> tuple[list[dict[str, Any]], int]:
            cursor.execute(f"SELECT {COLUMNS} FROM bookings ORDER BY booked_at DESC LIMIT %s", (limit,))
            rows = [_row(row) for row in cursor.fetchall()]
            cursor.execute("SELECT count(*) FROM bookings")
            return rows, cursor.fetchone()[0]

        return self._run(work)

    def pass_on(self, send: Callable[[dict[str, Any]], None], limit: int = 100) -> int:
        """Sends bookings that nobody has sent yet, oldest first, and returns how many.

        A crash between send and commit sends a booking again: the receiver knows it by its id.
        """

        def work(cursor: Any) -> int:
            cursor.execute(
                f"SELECT {COLUMNS} FROM bookings WHERE queued_at IS NULL ORDER BY booked_at"
                " LIMIT %s FOR UPDATE SKIP LOCKED",
                (limit,),
            )
            rows = [_row(row) for row in cursor.fetchall()]
            for row in rows:
                send(row)
                cursor.execute("UPDATE bookings SET queued_at = now() WHERE id = %s", (row["id"],))
            return len(rows)

        return self._run(work)

    def _run(self, work: Callable[[Any], T]) -> T:
        try:
            return self._try(work)
        except AWAY:
            # The connection may have died with an earlier server. All work here can be done twice.
            self._forget_idle()
        try:
            return self._try(work)
        except AWAY as problem:
            raise Unavailable(str(problem).strip()) from problem

    def _try(self, work: Callable[[Any], T]) -> T:
        with self._transaction() as cursor:
            return work(cursor)

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        if not self._slots.acquire(timeout=2):
            raise psycopg2.OperationalError("every database connection is in use")
        try:
            connection = self._idle.pop() if self._idle else self._connect()
            try:
                with connection, connection.cursor() as cursor:
                    yield cursor
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
        finally:
            self._slots.release()

    def _connect(self) -> Any:
        # Read each time: a password that was changed is used without a restart.
        password = self._password_file.read_text(encoding="utf-8").strip()
        return psycopg2.connect(
            self._url, password=password, connect_timeout=2, options="-c statement_timeout=3000"
        )

    def _forget_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _row(row: tuple[Any, ...]) -> dict[str, Any]:
    named = dict(zip(FIELDS, row))
    return {**named, "booked_at": named["booked_at"].isoformat()}

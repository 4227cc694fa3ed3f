"""ARM's memory: every resource as the JSON document that a GET answers, in one crash-safe SQLite file."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.identity.private_files import give_to_owner, make_private_folder

if TYPE_CHECKING:
    from pathlib import Path

Body = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
  key TEXT PRIMARY KEY, type TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_type ON resources (type);
CREATE TABLE IF NOT EXISTS operations (
  id TEXT PRIMARY KEY, resource TEXT NOT NULL, verb TEXT NOT NULL, status TEXT NOT NULL,
  started TEXT NOT NULL, ended TEXT, error TEXT);
CREATE TABLE IF NOT EXISTS providers (namespace TEXT PRIMARY KEY, state TEXT NOT NULL);
"""


class Store:
    """One writer, autocommit: what a method has returned from survives kill -9."""

    def __init__(self, path: Path) -> None:
        make_private_folder(path.parent)
        self._database = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        give_to_owner(path)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Write everything back into the one file."""
        self._database.close()

    def get(self, resource_id: str) -> Body | None:
        """The document of a resource, whatever the case of its id."""
        row = self._one("SELECT body FROM resources WHERE key = ?", ids.key(resource_id))
        return json.loads(row[0]) if row else None

    def put(self, body: Body) -> None:
        """Write the document under its own `id`."""
        values = (ids.key(body["id"]), str(body["type"]).lower(), json.dumps(body))
        self._run(
            "INSERT INTO resources (key, type, body) VALUES (?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET body = excluded.body, type = excluded.type",
            *values,
        )

    def delete(self, resource_id: str) -> None:
        """Forget a resource with everything whose id continues its own."""
        low, high = _range(resource_id)
        self._run(
            "DELETE FROM resources WHERE key = ? OR (key > ? AND key < ?)", ids.key(resource_id), low, high
        )

    def under(self, scope: str, resource_type: str = "") -> list[Body]:
        """Every resource below `scope` (not itself), of one type when named, in the order of their ids."""
        low, high = _range(scope)
        query = "SELECT body FROM resources WHERE key > ? AND key < ?"
        if resource_type:
            return self._all(query + " AND type = ? ORDER BY key", low, high, resource_type.lower())
        return self._all(query + " ORDER BY key", low, high)

    def of_type(self, resource_type: str) -> list[Body]:
        """Every resource of a type."""
        return self._all("SELECT body FROM resources WHERE type = ? ORDER BY key", resource_type.lower())

    def save_operation(self, record: dict[str, str | None]) -> None:
        """Write a long-running operation's record."""
        columns = ("id", "resource", "verb", "status", "started", "ended", "error")
        marks = ", ".join("?" * len(columns))
        self._run(f"INSERT OR REPLACE INTO operations VALUES ({marks})", *(record[name] for name in columns))  # noqa: S608 - column names are ours

    def operation(self, operation_id: str) -> dict[str, str | None] | None:
        """The record of a long-running operation."""
        found = self._operations("WHERE id = ?", operation_id)
        return found[0] if found else None

    def unfinished(self) -> list[dict[str, str | None]]:
        """Operations that a crash interrupted, oldest first."""
        return self._operations("WHERE status = 'InProgress' ORDER BY started")

    def provider_state(self, namespace: str) -> str | None:
        """A resource provider's registration, when it was ever changed."""
        row = self._one("SELECT state FROM providers WHERE namespace = ?", namespace.lower())
        return row[0] if row else None

    def set_provider_state(self, namespace: str, state: str) -> None:
        """Register or unregister a resource provider."""
        self._run("INSERT OR REPLACE INTO providers VALUES (?, ?)", namespace.lower(), state)

    def _operations(self, where: str, *values: str) -> list[dict[str, str | None]]:
        cursor = self._database.execute(f"SELECT * FROM operations {where}", values)  # noqa: S608 - `where` is ours, values are bound
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _one(self, query: str, *values: str) -> tuple[Any, ...] | None:
        return self._database.execute(query, values).fetchone()

    def _all(self, query: str, *values: str) -> list[Body]:
        return [json.loads(row[0]) for row in self._database.execute(query, values).fetchall()]

    def _run(self, query: str, *values: str | None) -> None:
        self._database.execute(query, values)


def _range(scope: str) -> tuple[str, str]:
    prefix = ids.key(scope).rstrip("/")
    return prefix + "/", prefix + "0"  # "0" is the character after "/"

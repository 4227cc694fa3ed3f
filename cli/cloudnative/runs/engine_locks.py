"""Pulumi's own locks of a stack: one file per engine, which nobody removes when that engine is killed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from cloudnative.runs.holder import locked
from cloudnative.runs.processes import started_at, this_host
from cloudnative.runs.state import StackState


@dataclass(frozen=True)
class EngineLock:
    """Who made it; `whole` is False for one that a full disk or a kill left half written."""

    key: str
    id: str
    host: str = ""
    user: str = ""
    pid: int = 0
    since: float = 0
    whole: bool = True

    def why_dead(self) -> str | None:
        """Why its engine is known to be dead; None when it may live."""
        if not self.whole:
            return "it was never written to its end"
        if self.host != this_host():
            return None
        began = started_at(self.pid)
        if began is None:
            return f"its process {self.pid} is gone"
        return f"pid {self.pid} is another process now" if began > self.since + 1 else None


def engine_locks(state: StackState) -> list[EngineLock]:
    """All of a stack."""
    return [
        _read(state, found.key) for found in state.store.found(state.locks) if found.key.endswith(".json")
    ]


def clear_engine_locks(state: StackState, *, say: Callable[[str], None], proven: bool = True) -> None:
    """Remove what dead engines left; exit 8 when one of the holders may live. Call only as the one writer.

    `proven` says whether a lock that names this host was made on it: always in a folder of this machine; in a
    store that CI jobs share only where a dead run of this home held the lease.
    """
    for lock in engine_locks(state):
        why = lock.why_dead() if proven else None
        if why is None:
            raise locked(
                f"environment {state.environment} is in use",
                f"a Pulumi engine (pid {lock.pid} of {lock.user} on {lock.host}) holds its state",
                f"cloudnative unlock {state.environment} --id {lock.id}",
            )
        state.store.remove(lock.key)
        say(f"the engine's lock of an earlier run was removed: {why}")


def _read(state: StackState, key: str) -> EngineLock:
    """One lock, read twice when the first look finds half a file."""
    identity = PurePosixPath(key).stem
    for pause in (0.3, 0):
        try:
            content = json.loads(state.store.read(key) or b"")
            return EngineLock(
                key,
                identity,
                host=str(content["hostname"]),
                user=str(content["username"]),
                pid=int(content["pid"]),
                since=_timestamp(str(content["timestamp"])),
            )
        except (ValueError, KeyError, TypeError):
            time.sleep(pause)
    return EngineLock(key, identity, whole=False)


def _timestamp(text: str) -> float:
    """Go writes nanoseconds, Python reads at most microseconds."""
    head, _, rest = text.partition(".")
    zone = rest.lstrip("0123456789") or "Z"
    whole = (head if rest else text.rstrip("Z")) + zone.replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(whole).timestamp()
    except ValueError:
        return time.time()

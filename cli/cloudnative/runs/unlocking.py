"""Freeing an environment on the user's word: the holder is ended, never just forgotten."""

from __future__ import annotations

import fcntl
import os
import time
import uuid

from cloudnative.runs.engine_locks import EngineLock, engine_locks
from cloudnative.runs.holder import LEASE_SECONDS, Holder, leased
from cloudnative.runs.home import StackHome
from cloudnative.runs.processes import Identity, this_host
from cloudnative.runs.remote_lock import lock_key
from cloudnative.runs.state import StackState
from cloudnative.stores.store import Leases
from cloudnative_toolchain.errors import CloudnativeError, ConfigError


def free(home: StackHome, state: StackState, lock_id: str) -> list[str]:
    """End the run with this lock id and remove what it left; what was done, in words."""
    holder, shared = Holder.read(home.lock), _shared(state)
    locks = engine_locks(state)
    known = list(dict.fromkeys([h.id for h in (holder, shared) if h] + [lock.id for lock in locks]))
    if not known and not _held(home):
        return []
    if lock_id not in known:
        raise _wrong_id(home.environment, lock_id, known)
    done = _end(home, holder) if holder and (_held(home) or holder.host != this_host()) else []
    done += _end_lease(state, shared, holder)
    # A run that was interrupted takes its engine's lock away itself.
    return [*done, *(_remove(state, lock, holder) for lock in engine_locks(state))]


def _shared(state: StackState) -> Holder | None:
    """Who is named in the leased file of a state that machines share."""
    shared = state.store.leases() is not None
    return Holder.parse(state.store.read(lock_key(state.project, state.environment))) if shared else None


def _end_lease(state: StackState, shared: Holder | None, ended: Holder | None) -> list[str]:
    """Take the name of a silent run out of the leased file; a live one keeps its lease."""
    leases, key = state.store.leases(), lock_key(state.project, state.environment)
    if leases is None:
        return []
    if shared and ended and shared.id == ended.id:
        leases.release(key, shared.id)  # it ran under this home, and it is dead: no need to wait
    mine = str(uuid.uuid4())
    if not leases.acquire(key, mine):
        alive = _shared(state)
        identity, host = (alive.id, alive.host) if alive else ("ID", "another machine")
        raise leased(state.environment, host, "it renews its lock", identity)
    return _forget(leases, key, mine, shared)


def _forget(leases: Leases, key: str, mine: str, shared: Holder | None) -> list[str]:
    leases.note(key, mine, b"")
    leases.release(key, mine)
    return [f"the lock {shared.id} of {shared.host} is free"] if shared else []


def _remove(state: StackState, lock: EngineLock, holder: Holder | None) -> str:
    """A lock of Pulumi's own: its engine is dead, is ended here, or gave no sign of life for a lease."""
    if lock.why_dead() is None:
        _end_engine_of(state.environment, lock, holder)
    state.store.remove(lock.key)
    return f"the engine's lock {lock.id} was removed"


def _end_engine_of(environment: str, lock: EngineLock, holder: Holder | None) -> None:
    if lock.host == this_host():
        process = Identity.of(lock.pid)
        if process and not process.end(grace_seconds=30):
            raise _stubborn(environment, lock.pid)
        return
    beats = [lock.since, *([holder.heartbeat] if holder and holder.host == lock.host else [])]
    age = time.time() - max(beats)
    if age < LEASE_SECONDS:
        raise leased(environment, lock.host, f"its last sign of life is {age:.0f} s old", lock.id)


def _end(home: StackHome, holder: Holder) -> list[str]:
    if holder.host != this_host():
        return _expire(home, holder)
    done: list[str] = []
    for name, process in (("command", holder.supervisor), ("engine", holder.engine)):
        if process and process.alive():
            if not process.end(grace_seconds=30):
                raise _stubborn(home.environment, process.pid)
            done.append(f"the {name} (pid {process.pid}) was ended")
    home.lock.write_text("")
    return [*done, f"the lock {holder.id} is free"]


def _expire(home: StackHome, holder: Holder) -> list[str]:
    age = time.time() - holder.heartbeat
    if age < LEASE_SECONDS:
        raise leased(home.environment, holder.host, f"its last sign of life is {age:.0f} s old", holder.id)
    home.lock.write_text("")
    return [f"the lock {holder.id} of {holder.host} is free: no sign of life for {age:.0f} s"]


def _held(home: StackHome) -> bool:
    if not home.lock.exists():
        return False
    descriptor = os.open(home.lock, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _wrong_id(environment: str, lock_id: str, known: list[str]) -> ConfigError:
    return ConfigError(
        code="lock.id",
        what=f"no lock {lock_id!r} on {environment}" if lock_id else "which lock?",
        why=f"locks there: {', '.join(known) or 'one that has not written its id yet'}",
        fix=f"cloudnative unlock {environment} --id {known[0] if known else 'ID'}",
    )


def _stubborn(environment: str, pid: int) -> CloudnativeError:
    return CloudnativeError(
        code="lock.holder",
        what=f"pid {pid}, which holds {environment}, could not be ended",
        why="it belongs to another user, or the kernel holds it",
        fix=f"sudo kill -9 {pid}",
    )

"""Freeing an environment on the user's word: the holder is ended, never just forgotten."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from cloudnative.runs.home import StackHome
from cloudnative.runs.lock import LEASE_SECONDS, Holder, engine_lock_owner, engine_locks, why_dead
from cloudnative.runs.processes import Identity, this_host
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode


def free(home: StackHome, lock_id: str) -> list[str]:
    """End the run with this lock id and remove what it left; what was done, in words."""
    holder = Holder.read(home.lock)
    locks = engine_locks(home.engine_locks)
    known = ([holder.id] if holder else []) + [path.stem for path in locks]
    if not known and not _held(home):
        return []
    if lock_id not in known:
        raise _wrong_id(home.environment, lock_id, known)
    done = _end(home, holder) if holder and (_held(home) or holder.host != this_host()) else []
    return [*done, *(_remove(home, path, holder) for path in locks)]


def _remove(home: StackHome, path: Path, holder: Holder | None) -> str:
    """A lock of Pulumi's own: its engine is dead, is ended here, or gave no sign of life for a lease."""
    if why_dead(path) is None:
        _end_engine_of(home, path, holder)
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".attrs").unlink(missing_ok=True)
    return f"the engine's lock {path.stem} was removed"


def _end_engine_of(home: StackHome, path: Path, holder: Holder | None) -> None:
    host, pid, locked = engine_lock_owner(path)
    if host == this_host():
        process = Identity.of(pid)
        if process and not process.end(grace_seconds=30):
            raise _stubborn(home.environment, pid)
        return
    beats = [locked, *([holder.heartbeat] if holder and holder.host == host else [])]
    age = time.time() - max(beats)
    if age < LEASE_SECONDS:
        raise _leased(home.environment, host, age, path.stem)


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
        raise _leased(home.environment, holder.host, age, holder.id)
    home.lock.write_text("")
    return [f"the lock {holder.id} of {holder.host} is free: no sign of life for {age:.0f} s"]


def _leased(environment: str, host: str, age: float, identity: str) -> CloudnativeError:
    return CloudnativeError(
        code="environment.locked",
        what=f"environment {environment} is in use on {host}",
        why=f"its last sign of life is {age:.0f} s old; it counts as dead after {LEASE_SECONDS} s",
        fix=f"sleep {LEASE_SECONDS}; cloudnative unlock {environment} --id {identity}",
        exit_code=ExitCode.CANCELLED,
    )


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

"""One writer per environment: a lock that the kernel frees, and Pulumi's own, which nobody else frees.

The flock is inherited by worker and engine: it is free only when the last process that could write is gone.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cloudnative.runs.processes import Identity, boot_id, started_at, this_host
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

HEARTBEAT_SECONDS = 10
LEASE_SECONDS = 60
WORKER = "cloudnative.worker"


@dataclass(frozen=True)
class Holder:
    """Who holds an environment, as written into its lock file."""

    id: str
    command: str
    host: str
    boot: str
    supervisor: Identity
    engine: Identity | None
    heartbeat: float

    @classmethod
    def read(cls, path: Path) -> Holder | None:
        """What the lock file says; None when it says nothing usable (half written, empty, other format)."""
        try:
            fields = json.loads(path.read_text())
            engine = fields["engine"]
            return cls(
                id=str(fields["id"]),
                command=str(fields["command"]),
                host=str(fields["host"]),
                boot=str(fields["boot"]),
                supervisor=Identity(**fields["supervisor"]),
                engine=Identity(**engine) if engine else None,
                heartbeat=float(fields["heartbeat"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None


class EnvironmentLock:
    """`with EnvironmentLock(...) as lock`: held, with the ends of any dead run cleared away."""

    def __init__(
        self,
        path: Path,
        *,
        environment: str,
        command: str,
        say: Callable[[str], None],
        orphan_grace_seconds: float = 30,
    ) -> None:
        self._path, self._environment, self._say, self._grace = path, environment, say, orphan_grace_seconds
        self._holder = Holder(
            id=os.urandom(8).hex(),
            command=command,
            host=this_host(),
            boot=boot_id(),
            supervisor=Identity.mine(),
            engine=None,
            heartbeat=time.time(),
        )
        self._descriptor = -1
        self._stop = threading.Event()
        self._writing = threading.Lock()
        self._heart = threading.Thread(target=self._beat, daemon=True, name="heartbeat of the lock")
        self.previous: Holder | None = None

    @property
    def descriptor(self) -> int:
        """The open file that holds the lock: processes that inherit it hold it too."""
        return self._descriptor

    def __enter__(self) -> EnvironmentLock:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take()
        except BaseException:
            os.close(self._descriptor)
            raise
        self._write()
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Say that nobody holds it, then let go. Inherited descriptors keep it while their process lives."""
        self._still()
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def _still(self) -> None:
        """Stop the heartbeat; joined, for a late beat would write into whatever file gets the number next."""
        self._stop.set()
        self._heart.join()

    def engine_started(self, engine: Identity) -> None:
        """Record the engine, so that a later run can find and end it should everything above it die."""
        self._holder = replace(self._holder, engine=engine)
        self._write()

    def _take(self) -> None:
        if self._try():
            self.previous = Holder.read(self._path)
            self._check_other_host(self.previous)
            return
        holder = self._settled_holder()
        if holder is None or holder.supervisor.alive():
            raise _held(self._environment, holder)
        self._end_orphan(holder)
        self.previous = holder

    def _settled_holder(self) -> Holder | None:
        """The holder; a record that is being written this moment is read again."""
        for _ in range(10):
            if holder := Holder.read(self._path):
                return holder
            time.sleep(0.1)
        return None

    def _end_orphan(self, holder: Holder) -> None:
        """Nobody steers the engine any more: let it finish its steps, then take over."""
        pid = holder.engine.pid if holder.engine else "?"
        self._say(
            f"an earlier run was killed and its engine (pid {pid}) still runs: it finishes its current steps"
        )
        deadline = time.monotonic() + self._grace
        if holder.engine:
            self._end_engine(holder.engine)
        while not self._try():
            if time.monotonic() > deadline + 10:
                raise _held(self._environment, holder)
            time.sleep(0.05)

    def _end_engine(self, engine: Identity) -> None:
        """A worker that lives has interrupted it already, and a second interrupt would cut its steps off."""
        if engine.parent_runs(WORKER) and engine.wait(self._grace):
            return
        engine.end(grace_seconds=self._grace)

    def _check_other_host(self, holder: Holder | None) -> None:
        """On a shared file system without locks across hosts, a live lease of another host still counts."""
        if holder and holder.host != this_host() and time.time() - holder.heartbeat < LEASE_SECONDS:
            raise _held(self._environment, holder)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _write(self) -> None:
        text = json.dumps({**asdict(self._holder), "heartbeat": time.time()}).encode()
        with self._writing:
            os.pwrite(self._descriptor, text, 0)
            os.ftruncate(self._descriptor, len(text))

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            try:
                self._write()
            except OSError as error:
                self._say(f"the lock's sign of life could not be written: {error}")


def _held(environment: str, holder: Holder | None) -> CloudnativeError:
    if holder is None:
        who, identity = "another run that has not written its name yet", "ID"
    else:
        age = max(0, int(time.time() - (started_at(holder.supervisor.pid) or holder.heartbeat)))
        who = f"`{holder.command}` (pid {holder.supervisor.pid} on {holder.host}, for {age} s)"
        identity = holder.id
    return CloudnativeError(
        code="environment.locked",
        what=f"environment {environment} is in use",
        why=f"{who} holds it; let it finish, or interrupt it",
        fix=f"cloudnative unlock {environment} --id {identity}",
        exit_code=ExitCode.CANCELLED,
    )


def engine_locks(folder: Path) -> list[Path]:
    """Pulumi's own lock files of a stack."""
    return sorted(folder.glob("*.json"))


def clear_engine_locks(folder: Path, *, environment: str, say: Callable[[str], None]) -> None:
    """Remove what dead engines left; exit 8 when one of the holders lives. Call only with the flock held."""
    for path in engine_locks(folder):
        why = why_dead(path)
        if why is None:
            raise _engine_holds(environment, path)
        path.unlink(missing_ok=True)
        path.with_name(path.name + ".attrs").unlink(missing_ok=True)
        say(f"the engine's lock of an earlier run was removed: {why}")


def why_dead(path: Path) -> str | None:
    """Why the holder of a Pulumi lock is known to be dead; None when it may live."""
    lock = _engine_lock(path)
    if lock is None:
        return "it was never written to its end"
    if lock.get("hostname") != this_host():
        return None
    began = started_at(int(lock.get("pid") or 0))
    if began is None:
        return f"its process {lock.get('pid')} is gone"
    if began > _timestamp(lock) + 1:
        return f"pid {lock.get('pid')} is another process now"
    return None


def _engine_lock(path: Path) -> dict[str, Any] | None:
    """The lock's content, read twice when the first look finds half a file."""
    for pause in (0.3, 0):
        try:
            content = json.loads(path.read_bytes())
            if isinstance(content, dict):
                return content  # pyright: ignore[reportUnknownVariableType] - keys of JSON are text
        except (OSError, ValueError):
            pass
        time.sleep(pause)
    return None


def _timestamp(lock: dict[str, Any]) -> float:
    from datetime import datetime

    text = str(lock.get("timestamp", ""))
    try:
        # Go writes nanoseconds, Python reads at most microseconds.
        head, _, rest = text.partition(".")
        zone = rest.lstrip("0123456789") or "Z"
        return datetime.fromisoformat(
            (head if rest else text.rstrip("Z")) + zone.replace("Z", "+00:00")
        ).timestamp()
    except ValueError:
        return time.time()


def engine_lock_owner(path: Path) -> tuple[str, int, float]:
    """Host, pid and time of a lock of Pulumi's own."""
    lock = _engine_lock(path) or {}
    return str(lock.get("hostname", "")), int(lock.get("pid") or 0), _timestamp(lock)


def _engine_holds(environment: str, path: Path) -> CloudnativeError:
    lock = _engine_lock(path) or {}
    who = f"pid {lock.get('pid')} of {lock.get('username')} on {lock.get('hostname')}"
    return CloudnativeError(
        code="environment.locked",
        what=f"environment {environment} is in use",
        why=f"a Pulumi engine ({who}) holds its state",
        fix=f"cloudnative unlock {environment} --id {path.stem}",
        exit_code=ExitCode.CANCELLED,
    )

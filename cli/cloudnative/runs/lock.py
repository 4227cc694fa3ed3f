"""One writer per environment on this machine: a lock that the kernel frees.

The flock is inherited by worker and engine: it is free only when the last process that could write is gone.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cloudnative.runs.holder import LEASE_SECONDS, Holder, held
from cloudnative.runs.processes import Identity, this_host

HEARTBEAT_SECONDS = 10
WORKER = "cloudnative.worker"


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
        self._holder = Holder.me(command)
        self._descriptor = -1
        self._stop = threading.Event()
        self._writing = threading.Lock()
        self._heart = threading.Thread(target=self._beat, daemon=True, name="heartbeat of the lock")
        self.previous: Holder | None = None

    @property
    def holder(self) -> Holder:
        """What this run says of itself."""
        return self._holder

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
            raise held(self._environment, holder)
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
                raise held(self._environment, holder)
            time.sleep(0.05)

    def _end_engine(self, engine: Identity) -> None:
        """A worker that lives has interrupted it already, and a second interrupt would cut its steps off."""
        if engine.parent_runs(WORKER) and engine.wait(self._grace):
            return
        engine.end(grace_seconds=self._grace)

    def _check_other_host(self, holder: Holder | None) -> None:
        """On a shared file system without locks across hosts, a live lease of another host still counts."""
        if holder and holder.host != this_host() and time.time() - holder.heartbeat < LEASE_SECONDS:
            raise held(self._environment, holder)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _write(self) -> None:
        text = self._holder.beating().to_json()
        with self._writing:
            os.pwrite(self._descriptor, text, 0)
            os.ftruncate(self._descriptor, len(text))

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            try:
                self._write()
            except OSError as error:
                self._say(f"the lock's sign of life could not be written: {error}")

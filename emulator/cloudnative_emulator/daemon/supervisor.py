"""Runs outside programs: they die with the daemon, and come back when they crash."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudnative_emulator.identity.private_files import give_to_owner, make_private_folder
from cloudnative_emulator.ports import ProcessSpec

_log = logging.getLogger(__name__)
_PR_SET_PDEATHSIG = 1
_FIRST_DELAY, _LAST_DELAY, _STEADY = 0.2, 10.0, 30.0
_LARGEST_LOG = 20 * 1024 * 1024
_libc = ctypes.CDLL(None)


@dataclass
class _Running:
    spec: ProcessSpec
    process: asyncio.subprocess.Process
    started: float
    restarts: int = 0
    stopping: bool = False
    watcher: asyncio.Task[None] | None = field(default=None, repr=False)


class LocalSupervisor:
    """`ports.Supervisor` on this machine; every program leads a process group of its own."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}

    async def start(self, spec: ProcessSpec) -> int:
        """Start the program and return its pid; the pid of the running one when it runs already."""
        if found := self._running.get(spec.name):
            return found.process.pid
        process = await _spawn(spec)
        entry = self._running[spec.name] = _Running(spec, process, time.monotonic())
        entry.watcher = asyncio.create_task(self._watch(entry), name=f"watch {spec.name}")
        return process.pid

    async def stop(self, name: str, timeout: float = 10) -> None:  # noqa: ASYNC109 (grace before the kill)
        """SIGTERM, and SIGKILL to the whole group after `timeout`; quiet when nothing of that name runs."""
        entry = self._running.pop(name, None)
        if entry is None:
            return
        entry.stopping = True
        _signal_group(entry.process, signal.SIGTERM)
        try:
            await asyncio.wait_for(entry.process.wait(), timeout)
        except TimeoutError:
            _log.warning("%s did not end within %g s; killed", name, timeout)
        _signal_group(entry.process, signal.SIGKILL)
        await entry.process.wait()

    async def stop_all(self) -> None:
        """End everything at once."""
        await asyncio.gather(*(self.stop(name) for name in list(self._running)))

    def pid(self, name: str) -> int | None:
        """The pid of the program while it runs."""
        entry = self._running.get(name)
        return entry.process.pid if entry and entry.process.returncode is None else None

    def rows(self) -> list[dict[str, Any]]:
        """Name, pid, state and restarts of every program."""
        return [
            {
                "name": name,
                "pid": entry.process.pid if entry.process.returncode is None else None,
                "state": "running" if entry.process.returncode is None else "restarting",
                "restarts": entry.restarts,
                "log": str(entry.spec.log),
            }
            for name, entry in sorted(self._running.items())
        ]

    async def _watch(self, entry: _Running) -> None:
        """Start the program again whenever it ends by itself, later each time while it keeps dying early."""
        delay = _FIRST_DELAY
        while True:
            code = await entry.process.wait()
            if entry.stopping:
                return
            _signal_group(entry.process, signal.SIGKILL)
            _log.warning("%s (pid %s) ended with %s", entry.spec.name, entry.process.pid, code)
            if not entry.spec.restart:
                self._running.pop(entry.spec.name, None)
                return
            delay = (
                _FIRST_DELAY if time.monotonic() - entry.started > _STEADY else min(delay * 2, _LAST_DELAY)
            )
            await asyncio.sleep(delay)
            if entry.stopping:
                return
            entry.process, entry.started = await _spawn(entry.spec), time.monotonic()
            entry.restarts += 1


async def _spawn(spec: ProcessSpec) -> asyncio.subprocess.Process:
    make_private_folder(spec.log.parent)
    if spec.log.exists() and spec.log.stat().st_size > _LARGEST_LOG:
        spec.log.replace(spec.log.with_suffix(".old"))
    with spec.log.open("ab") as log:
        os.fchmod(log.fileno(), 0o600)
        give_to_owner(spec.log)
        return await asyncio.create_subprocess_exec(
            *spec.argv,
            env=spec.env,
            cwd=spec.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=spec.pass_fds,
            process_group=0,
            preexec_fn=die_with_the_daemon,
        )


def die_with_the_daemon() -> None:
    """Linux only. The kernel means the thread that forks: asyncio forks on the daemon's main thread."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def memory_mb(pid: int) -> int:
    """Resident memory of a process; 0 when it has just ended."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
    return 0

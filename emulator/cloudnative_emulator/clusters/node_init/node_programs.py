"""The programs of a node: started when what they wait for is there, and again when they end."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FIRST_DELAY, _LAST_DELAY, _STEADY = 0.2, 10.0, 30.0
_GRACE = 5.0
_LARGEST_LOG = 20 * 1024 * 1024


@dataclass
class Program:
    """One program: how it is started, and how that went so far."""

    name: str
    argv: list[str]
    log: str
    env: dict[str, str]
    waits_for: list[str]
    once: bool
    process: subprocess.Popen[bytes] | None = None
    due: float = 0
    delay: float = _FIRST_DELAY
    started: float = 0
    restarts: int = 0
    done: bool = False
    last_exit: int | None = None

    def is_waiting(self) -> bool:
        """Whether it still has to be started."""
        return self.process is None and not self.done

    def ended(self, code: int, now: float) -> None:
        """Note its end; it is due again after a delay that doubles while it keeps dying early."""
        self.process, self.last_exit = None, code
        if self.once and code == 0:
            self.done = True
            return
        self.delay = _FIRST_DELAY if now - self.started > _STEADY else min(self.delay * 2, _LAST_DELAY)
        self.due, self.restarts = now + self.delay, self.restarts + 1


class Node:
    """The programs of one node."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.status, self.environment = Path(spec["status"]), spec["env"]
        self.programs = [
            Program(
                name=each["name"],
                argv=each["argv"],
                log=each["log"],
                env=each.get("env", {}),
                waits_for=each.get("waits_for", []),
                once=each.get("once", False),
            )
            for each in spec["programs"]
        ]
        self._asked: dict[str, socket.socket] = {}

    def run(self) -> None:
        """Serve until SIGTERM, then end everything in these namespaces and return."""
        while True:
            self._start_what_is_due()
            timeout = 0.02 if any(program.is_waiting() for program in self.programs) else 5.0
            received = signal.sigtimedwait({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}, timeout)
            if received and received.si_signo != signal.SIGCHLD:
                return self._end()
            self._reap()

    def _start_what_is_due(self) -> None:
        now, changed = time.monotonic(), False
        is_there = functools.cache(self.is_there)  # asked once in a round, however many wait for it
        for program in self.programs:
            if program.is_waiting() and now >= program.due and all(map(is_there, program.waits_for)):
                self._start(program, now)
                changed = True
        if changed:
            self._write_status()

    def is_there(self, condition: str) -> bool:
        """What a program waits for.

        `done:NAME` is a one-off program that has succeeded, `/PATH` a socket, `HOST:PORT` a listener,
        `answers:HOST:PORT` a server that says anything: the API server listens for seconds before it does.
        """
        if condition.startswith("answers:"):
            return self._answers(condition[8:])
        if condition.startswith("done:"):
            return any(each.done for each in self.programs if each.name == condition[5:])
        if condition.startswith("/"):
            return Path(condition).exists()
        host, _, port = condition.rpartition(":")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            return probe.connect_ex((host, int(port))) == 0

    def _answers(self, address: str) -> bool:
        """Whether a request has been answered, if only with `400` because it came without TLS."""
        asked = self._asked.get(address)
        if asked is None:
            host, _, port = address.rpartition(":")
            with contextlib.suppress(OSError):
                asked = self._asked[address] = socket.create_connection((host, int(port)), timeout=0.2)
                asked.sendall(b"GET / HTTP/1.0\r\n\r\n")
                asked.setblocking(False)
            return False
        try:
            answer = asked.recv(1)
        except BlockingIOError:
            return False
        except OSError:
            answer = b""
        asked.close()
        del self._asked[address]
        return bool(answer)

    def _start(self, program: Program, now: float) -> None:
        _keep_small(Path(program.log))
        with Path(program.log).open("ab") as log:
            program.process = subprocess.Popen(
                program.argv,
                env={**self.environment, **program.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_unblock_signals,  # noqa: PLW1509 (one thread)
            )
        program.started = now

    def _reap(self) -> None:
        """Collect every child that has ended: programs, and orphans, which fall to the first process."""
        changed = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            for program in self.programs:
                if program.process and program.process.pid == pid:
                    code = os.waitstatus_to_exitcode(status)
                    program.process.returncode = code
                    program.ended(code, time.monotonic())
                    changed = True
        if changed:
            self._write_status()

    def _end(self) -> None:
        """Ask containers and etcd to end and wait: databases close their files. The rest keeps nothing."""
        for program in self.programs:
            if program.process and program.name != "etcd":
                program.process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while time.monotonic() < deadline and _unfinished():
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            time.sleep(0.02)

    def _write_status(self) -> None:
        rows = {
            program.name: {
                "pid": program.process.pid if program.process else None,
                "restarts": program.restarts,
                "last_exit": program.last_exit,
                "done": program.done,
            }
            for program in self.programs
        }
        draft = self.status.with_suffix(".draft")
        draft.write_text(json.dumps(rows))
        draft.replace(self.status)


def _unfinished() -> bool:
    """Whether anything runs that may still have something to write: not shims, not sandboxes."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != "1":
            with contextlib.suppress(OSError):
                name = (entry / "comm").read_text().strip()
                if name not in ("containerd-shim", "pause") and (entry / "cmdline").read_bytes():
                    return True
    return False


def _unblock_signals() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, set())


def _keep_small(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(log.with_suffix(".old"))

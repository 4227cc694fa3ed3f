"""Chromium's DevTools protocol over a pair of pipes: no port that others could reach."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]


class DevToolsError(AssertionError):
    """The browser refused a command, ended, or did not answer in time."""


class DevTools:
    """One running Chromium, driven by one thread."""

    def __init__(self, program: Path, profile: Path, environment: Mapping[str, str]) -> None:
        to_browser, from_browser = os.pipe(), os.pipe()
        self._write, self._read = to_browser[1], from_browser[0]
        command = [str(program), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        log = os.open(profile / "chromium.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self.process = _spawn(command, environment, stdio=log, pipes=(to_browser[0], from_browser[1]))
        for descriptor in (to_browser[0], from_browser[1], log):
            os.close(descriptor)
        self._buffer, self._number, self._events = b"", 0, list[dict[str, Any]]()

    def call(self, method: str, *, session: str = "", seconds: float = 30, **parameters: Any) -> Any:
        """The result of one command."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while True:
            answer = self._next(deadline, method)
            if answer.get("id") != self._number:
                self._events.append(answer)
            elif "error" in answer:
                raise DevToolsError(f"{method}: {answer['error']['message']}")
            else:
                return answer["result"]

    def events(self) -> list[dict[str, Any]]:
        """What the browser said by itself since the last look."""
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """Ends the browser and every process it started."""
        os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self._write)
        os.close(self._read)

    def _next(self, deadline: float, method: str) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise DevToolsError(f"{method}: no answer in time")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise DevToolsError(f"{method}: the browser ended")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(line)


def _spawn(command: list[str], environment: Mapping[str, str], *, stdio: int, pipes: tuple[int, int]) -> int:
    """Starts a program in a process group of its own, with the pipes as descriptors 3 and 4."""
    # Numbers far from 3 and 4, so that neither copy lands on the other's source.
    high = [fcntl.fcntl(pipe, fcntl.F_DUPFD_CLOEXEC, 64) for pipe in pipes]
    copies = [(stdio, 1), (stdio, 2), (high[0], 3), (high[1], 4)]
    actions = [(os.POSIX_SPAWN_DUP2, source, target) for source, target in copies]
    nothing = (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)
    try:
        return os.posix_spawn(command[0], command, environment, file_actions=[nothing, *actions], setpgroup=0)
    finally:
        for descriptor in high:
            os.close(descriptor)

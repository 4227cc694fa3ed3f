"""One engine process: its own session, bytes that need not be text, one signal, a bounded end.

The Automation API's own runner hangs on a failing callback and on a byte that is not UTF-8, and leaves
an orphan when its parent is signalled (docs/decisions/0060).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cloudnative.runs.processes import Identity

OnLine = Callable[[str], None]
KEPT_LINES = 400


@dataclass(frozen=True)
class EngineResult:
    """How an engine process ended: exit code (negative: the signal) and its last lines."""

    code: int
    out: str
    err: str
    interrupted: bool = False


@dataclass
class Engine:
    """Starts engine processes and ends the one that runs; safe to signal from any thread."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    grace_seconds: float = 30
    keep_open: Sequence[int] = ()
    on_start: Callable[[Identity], None] = lambda _identity: None
    _process: subprocess.Popen[bytes] | None = None
    _interrupted: bool = False
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self, *arguments: str, on_line: OnLine | None = None, most_lines: int | None = KEPT_LINES
    ) -> EngineResult:
        """Run one engine command to its end. Output is kept (the last lines) and given to `on_line`."""
        with self._guard:
            if self._interrupted:
                return EngineResult(-signal.SIGINT, "", "", interrupted=True)
            process = self._process = self._start(arguments)
        if identity := Identity.of(process.pid):
            self.on_start(identity)
        out, err = _Reader(process.stdout, on_line, most_lines), _Reader(process.stderr, on_line, most_lines)
        code = process.wait()
        # What the engine left behind in its group would keep the pipes open: it must not outlive the engine.
        _signal_group(process.pid, signal.SIGKILL)
        return EngineResult(code, out.text(), err.text(), interrupted=self._interrupted)

    def interrupt(self) -> None:
        """Ask once for a graceful end: steps under way finish and are saved. Killed after the grace time."""
        with self._guard:
            if self._interrupted:
                return
            self._interrupted = True
            if self._process is None or self._process.poll() is not None:
                return
            self._process.send_signal(signal.SIGINT)
        timer = threading.Timer(self.grace_seconds, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """End the engine and everything in its group at once."""
        self._interrupted = True
        if self._process is not None and self._process.poll() is None:
            _signal_group(self._process.pid, signal.SIGKILL)

    def _start(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=tuple(self.keep_open),
        )


class _Reader:
    """Drains one pipe to its end on a thread of its own, whatever the bytes and the callback do."""

    def __init__(self, pipe: IO[bytes] | None, on_line: OnLine | None, most: int | None) -> None:
        if pipe is None:
            raise ValueError("the engine was started without pipes")
        self._pipe, self._on_line, self._most = pipe, on_line, most
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def text(self) -> str:
        """Everything kept; waits for the pipe's end, not for ever."""
        self._thread.join(timeout=5)
        return "\n".join(self._lines)

    def _drain(self) -> None:
        for raw in self._pipe:
            line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
            self._lines.append(line)
            if self._most is not None:
                del self._lines[: -self._most]
            self._tell(line)
        self._pipe.close()

    def _tell(self, line: str) -> None:
        if self._on_line is None:
            return
        try:
            self._on_line(line)
        except Exception as error:  # noqa: BLE001 - a broken display must never stop the engine's pipe
            self._lines.append(f"(display failed: {error})")
            self._on_line = None


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)

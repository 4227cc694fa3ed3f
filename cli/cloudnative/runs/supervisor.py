"""Starts a worker, passes its events on, and turns signals into one graceful end or one hard one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any

from cloudnative.runs.engine import KEPT_LINES
from cloudnative.runs.processes import Identity, kill_group
from cloudnative.worker import Request

OnEvent = Callable[[dict[str, Any]], None]
WORKER_END_SECONDS = 10


@dataclass
class Outcome:
    """What a run left: how the engine ended, the counts of its summary, and every problem in order."""

    code: int = 1
    interrupted: int = 0
    signal: int = 0
    changes: dict[str, int] = field(default_factory=dict[str, int])
    problems: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    diagnostics: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    failed: list[str] = field(default_factory=list[str])
    planned: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    objects: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    done: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    engine_output: str = ""
    program_output: list[str] = field(default_factory=list[str])

    def note(self, event: dict[str, Any]) -> None:
        """Keep what decides the result."""
        kind = event["event"]
        if kind == "summary":
            self.changes = dict(event["changes"])
        elif kind == "problem":
            self.problems.append(event)
        elif kind == "diagnostic" and event["severity"] in ("error", "warning"):
            self.diagnostics.append(event)
        elif kind == "step":
            self._note_step(event)
        elif kind == "change":
            self.objects.append({key: value for key, value in event.items() if key != "event"})
        elif kind == "ended":
            self.code = int(event["code"])
            self.engine_output = f"{event['out']}\n{event['err']}".strip()

    def _note_step(self, event: dict[str, Any]) -> None:
        if event["state"] == "failed":
            self.failed.append(str(event["urn"]))
        elif event["state"] == "done" and event["operation"] not in ("same", "refresh"):
            self.done.append(event)
        elif event["state"] == "started" and event["operation"] not in ("same", "refresh"):
            self.planned.append(event)


class Supervisor:
    """Runs one worker at a time; `interrupts` counts how often the user asked to stop."""

    def __init__(
        self, on_event: OnEvent, on_engine: Callable[[Identity], None], *, worker: list[str] | None = None
    ) -> None:
        self._on_event, self._on_engine = on_event, on_engine
        self._worker = worker or [sys.executable, "-m", "cloudnative.worker"]
        self._process: subprocess.Popen[bytes] | None = None
        self._engine: Identity | None = None
        self.interrupts = 0
        self.signal = 0

    def run(
        self, request: Mapping[str, Any], environment: Mapping[str, str], *, lock: int, log: Path
    ) -> Outcome:
        """Run a request to its end. Ctrl-C once: the engine finishes its steps; twice: all is killed."""
        outcome = Outcome()
        reading, writing = os.pipe()
        try:
            process = self._start(environment, [writing, *([lock] if lock >= 0 else [])])
        finally:
            os.close(writing)
        with self._signals(), os.fdopen(reading, "rb") as events:
            drain = _drain(process, outcome.program_output, log, self._on_event)
            self._send(asdict(Request(**request, events=writing, lock=lock)))
            self._pump(events, outcome)
            self._finish(process)
            drain.join(timeout=5)
        outcome.interrupted, outcome.signal = self.interrupts, self.signal
        self._process = self._engine = None
        return outcome

    def _start(self, environment: Mapping[str, str], descriptors: list[int]) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            self._worker,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(descriptors),
        )
        return self._process

    def _pump(self, events: IO[bytes], outcome: Outcome) -> None:
        for line in events:
            event = json.loads(line)
            if event["event"] == "engine":
                self._engine = Identity(event["pid"], event["start_time"])
                self._on_engine(self._engine)
                continue
            outcome.note(event)
            self._on_event(event)

    def _finish(self, process: subprocess.Popen[bytes]) -> None:
        """The worker has closed its events: it ends by itself; an engine it left behind is ended by us."""
        try:
            process.wait(timeout=WORKER_END_SECONDS)
        except subprocess.TimeoutExpired:
            _kill_process_group(process.pid)
            process.wait()
        if process.stdin:
            _close(process.stdin)
        if self._engine and self._engine.alive():
            self._engine.end(grace_seconds=30)

    def _send(self, message: dict[str, Any]) -> None:
        self._write(json.dumps(message).encode() + b"\n")

    def _write(self, data: bytes) -> None:
        stdin = self._process.stdin if self._process else None
        if stdin is None:
            return
        try:
            stdin.write(data)
            stdin.flush()
        except (BrokenPipeError, ValueError):
            return  # the worker ended first; its exit says how

    def stop(self) -> None:
        """First call: a graceful end. Second: kill."""
        self.interrupts += 1
        if self.interrupts == 1:
            self._on_event(
                {"event": "stopping", "text": "finishing current steps; press Ctrl-C again to kill"}
            )
            self._write(b"interrupt\n")
        elif self._process is not None:
            self._on_event({"event": "stopping", "text": "killed; the next run recovers"})
            self.kill()

    def kill(self) -> None:
        """End engine and worker at once; safe from any thread."""
        engine, process = self._engine, self._process
        if engine:
            kill_group(engine)
        if process:
            _kill_process_group(process.pid)

    @contextmanager
    def _signals(self) -> Generator[None]:
        def handle(number: int, _frame: FrameType | None) -> None:
            self.signal = self.signal or number
            self.stop()

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _drain(
    process: subprocess.Popen[bytes], lines: list[str], log: Path, on_event: OnEvent
) -> threading.Thread:
    """Show and keep what the program printed: all of it in the log, the end of it for the result."""

    def run() -> None:
        with log.open("ab") as file:
            for raw in process.stdout or ():
                file.write(raw)
                lines.append(raw.decode("utf-8", errors="replace").rstrip())
                on_event({"event": "output", "text": lines[-1]})
                del lines[:-KEPT_LINES]

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def _kill_process_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return

"""`python -m cloudnative.worker`: runs the program, serves our plugin, drives one engine, and reports.

The supervisor writes one JSON request to stdin, then at most a line `interrupt`; end of file means that it
died, which interrupts the engine too. Events leave as JSON lines on the descriptor that the request names.
"""

from __future__ import annotations

import json
import os
import queue
import runpy
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

from cloudnative.present import unexpected
from cloudnative.runs.engine import Engine
from cloudnative.runs.engine_events import Event, translate
from cloudnative.runs.processes import Identity
from cloudnative_toolchain.errors import CloudnativeError

LAST_SECONDS = 20
Emit = Callable[[Event], None]
Program = Callable[[], None]


@dataclass(frozen=True)
class Request:
    """What the supervisor asks for; `arguments` are the engine's own, without the addresses we add."""

    engine: str
    arguments: list[str]
    folder: str
    program: str
    events: int
    lock: int
    plugin: bool
    grace_seconds: float


class EventPipe:
    """Writes events in order from one thread, so that no caller ever waits for the reader."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def emit(self, event: Event) -> None:
        """Queue one event."""
        self._queue.put(event)

    def close(self) -> None:
        """Everything queued is written when this returns."""
        self._queue.put(None)
        self._thread.join(timeout=10)

    def _write(self) -> None:
        gone = False
        while (event := self._queue.get()) is not None:
            if gone:
                continue  # the supervisor died; the engine still has steps to finish
            try:
                self._file.write(json.dumps(event, default=str).encode() + b"\n")
            except BrokenPipeError:
                gone = True


def main() -> int:
    """Run one request to its end; the exit code is the engine's."""
    stdin = sys.stdin.buffer
    request = Request(**json.loads(stdin.readline()))
    pipe = EventPipe(request.events)
    try:
        engine = _engine(request, pipe.emit)
        _obey(stdin, engine)
        return _run(request, engine, pipe.emit)
    except Exception as error:  # noqa: BLE001 - the worker's boundary: whatever it was, the supervisor hears it
        if os.environ.get("CLOUDNATIVE_DEBUG") not in (None, "", "0"):
            traceback.print_exc()
        pipe.emit(_problem(error if isinstance(error, CloudnativeError) else unexpected(error)))
        return 1
    finally:
        pipe.close()


def _problem(error: CloudnativeError) -> Event:
    return {"event": "problem", "final": True, "exit_code": int(error.exit_code), **error.to_dict()}


def _engine(request: Request, emit: Emit) -> Engine:
    def report(identity: Identity) -> None:
        emit({"event": "engine", "pid": identity.pid, "start_time": identity.start_time})

    return Engine(
        command=[request.engine],
        environment=dict(os.environ),
        folder=Path(request.folder),
        grace_seconds=request.grace_seconds,
        keep_open=[request.lock] if request.lock >= 0 else [],
        on_start=report,
    )


def _obey(stdin: BinaryIO, engine: Engine) -> None:
    """Interrupt the engine when told to, when signalled, and when the supervisor is gone."""

    def listen() -> None:
        told = stdin.readline()
        engine.interrupt()
        if not told:  # nobody is left to end this process should it hang
            time.sleep(engine.grace_seconds + LAST_SECONDS)
            os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt_in_a_thread(engine))


def _run(request: Request, engine: Engine, emit: Emit) -> int:
    from cloudnative.language import LanguageAndEvents

    plugin = _start_plugin(emit) if request.plugin else None
    attached = os.environ.get("PULUMI_DEBUG_PROVIDERS", "")
    if plugin is not None:
        providers = ",".join(filter(None, [f"cloudnative:{plugin.port}", attached]))
        engine.environment = {**engine.environment, "PULUMI_DEBUG_PROVIDERS": providers}
    with LanguageAndEvents(_program(Path(request.program), emit), lambda raw: _forward(raw, emit)) as server:
        result = engine.run(
            *request.arguments,
            f"--client=127.0.0.1:{server.port}",
            "--exec-kind=auto.inline",
            f"--event-log=tcp://127.0.0.1:{server.port}",
        )
    if plugin is not None:
        plugin.stop()
    emit(
        {
            "event": "ended",
            "code": result.code,
            "out": result.out,
            "err": result.err,
            "interrupted": result.interrupted,
        }
    )
    return 0 if result.code == 0 else 1


def _start_plugin(emit: Emit) -> Any:
    import cloudnative_provider

    # No hosted components: the program's own are local. Programs in other languages use the plugin's process.
    return cloudnative_provider.start([], on_event=lambda event: emit(_renamed(event)))


def _renamed(event: dict[str, Any]) -> Event:
    """The provider says `kind` where the command's own events say `event`."""
    return {"event": event["kind"], **{key: value for key, value in event.items() if key != "kind"}}


def _forward(raw: dict[str, Any], emit: Emit) -> None:
    if event := translate(raw):
        emit(event)


def _program(path: Path, emit: Emit) -> Program:
    """The user's program, as `python path` would run it; its own errors of ours are reported as data."""

    def run() -> None:
        sys.path.insert(0, str(path.parent))
        try:
            runpy.run_path(str(path), run_name="__main__")
        except CloudnativeError as error:
            emit(_problem(error))
            raise
        finally:
            sys.path.remove(str(path.parent))

    return run


def _interrupt_in_a_thread(engine: Engine) -> Callable[[int, FrameType | None], None]:
    return lambda _number, _frame: threading.Thread(target=engine.interrupt).start()


if __name__ == "__main__":
    code = 1
    try:
        code = main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # a gRPC thread that hangs must not keep a finished worker alive

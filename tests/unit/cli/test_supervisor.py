"""Supervisor and worker with a stub engine: who hears a signal, who ends, what is left running."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cloudnative.runs.processes import Identity
from cloudnative.runs.supervisor import Supervisor

WORKER = """
import json, os, subprocess, sys, threading
sys.path[:0] = {path!r}
from cloudnative.runs.processes import Identity
from cloudnative.worker import EventPipe, Request, _engine, _obey
request = Request(**json.loads(sys.stdin.buffer.readline()))
pipe = EventPipe(request.events)
engine = _engine(request, pipe.emit)
_obey(sys.stdin.buffer, engine)
result = engine.run(*request.arguments)
ended = {{"event": "ended", "code": result.code, "out": result.out, "err": result.err}}
pipe.emit(ended)
pipe.close()
os._exit(0)
"""
SUPERVISOR = """
import sys, os
from pathlib import Path
sys.path.insert(0, {tests!r})
from tests.unit.cli.test_supervisor import supervise
print(supervise(Path(sys.argv[1])).interrupted, flush=True)
"""


def supervise(folder: Path) -> Any:
    """Run the stub engine of a folder under a real supervisor and the real worker's parts."""
    worker = [sys.executable, "-c", WORKER.format(path=sys.path)]
    supervisor = Supervisor(lambda _: None, lambda identity: record(folder, identity), worker=worker)
    request: dict[str, Any] = {
        "engine": str(folder / "engine"),
        "arguments": [],
        "folder": str(folder),
        "program": "",
        "plugin": False,
        "grace_seconds": 1,
    }
    return supervisor.run(request, os.environ, lock=-1, log=folder / "log")


def record(folder: Path, identity: Identity) -> None:
    (folder / "started.new").write_text(json.dumps(vars(identity)))
    (folder / "started.new").rename(folder / "started")


def start(folder: Path, script: str) -> tuple[subprocess.Popen[str], Identity]:
    """A command in a process of its own whose engine runs already."""
    (folder / "engine").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "engine").chmod(0o700)
    code = SUPERVISOR.format(tests=str(Path(__file__).parents[3]))
    command = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 20
    while not (folder / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    return command, Identity(**json.loads((folder / "started").read_text()))


POLITE = "trap 'echo int >> got; exit 0' INT; while :; do sleep 0.02; done"
DEAF = "trap '' INT TERM; while :; do sleep 0.02; done"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_command_alone_ends_the_engine_gracefully(
    tmp_path: Path, number: signal.Signals
) -> None:
    command, engine = start(tmp_path, POLITE)
    command.send_signal(number)
    out, _ = command.communicate(timeout=20)
    assert out == "1\n"
    assert (tmp_path / "got").read_text() == "int\n"
    assert not engine.alive()


def test_a_killed_command_leaves_no_orphan(tmp_path: Path) -> None:
    command, engine = start(tmp_path, POLITE)
    command.kill()
    command.communicate(timeout=20)
    assert engine.wait(10)
    assert (tmp_path / "got").read_text() == "int\n"


def test_a_second_signal_kills_an_engine_that_does_not_listen(tmp_path: Path) -> None:
    command, engine = start(tmp_path, DEAF)
    command.send_signal(signal.SIGINT)
    time.sleep(0.2)
    command.send_signal(signal.SIGINT)
    out, _ = command.communicate(timeout=20)
    assert out == "2\n"
    assert engine.wait(5)


def test_an_engine_that_does_not_listen_is_killed_after_its_grace_time(tmp_path: Path) -> None:
    command, engine = start(tmp_path, DEAF)
    command.send_signal(signal.SIGTERM)
    command.communicate(timeout=20)
    assert engine.wait(5)

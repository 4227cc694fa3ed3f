"""Supervisor and worker with a stub engine: who hears a signal, who ends, what is left running."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cloudnative.runs.processes import Identity

SUPERVISED = Path(__file__).with_name("supervised.py")


def start(folder: Path, script: str) -> tuple[subprocess.Popen[str], Identity]:
    """A command in a process of its own whose engine runs already."""
    (folder / "engine").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "engine").chmod(0o700)
    command = subprocess.Popen([sys.executable, SUPERVISED, folder], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 20
    while not (folder / "started").exists() or not (folder / "listens").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return command, Identity(**json.loads((folder / "started").read_text()))


POLITE = "trap 'echo int >> got; exit 0' INT; touch listens; while :; do sleep 0.02; done"
DEAF = "trap '' INT TERM; touch listens; while :; do sleep 0.02; done"


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

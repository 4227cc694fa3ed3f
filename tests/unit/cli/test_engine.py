"""The four cases in which the Automation API hangs or leaves an orphan (reliability-security.md 1.5)."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from cloudnative.runs.engine import Engine
from cloudnative.runs.processes import Identity


def stub(folder: Path, script: str, *, grace_seconds: float = 5) -> Engine:
    """An engine that is a shell script."""
    path = folder / "engine"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return Engine([str(path)], dict(os.environ), folder, grace_seconds=grace_seconds)


def wait_until_running(engine: Engine) -> Identity:
    started: list[Identity] = []
    engine.on_start = started.append
    threading.Thread(target=engine.run, daemon=True).start()
    deadline = time.monotonic() + 20
    while not started and time.monotonic() < deadline:
        time.sleep(0.01)
    return started[0]


def wait_for(file: Path) -> None:
    """Until the stub has written the file: its trap is set."""
    deadline = time.monotonic() + 20
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_callback_that_raises_does_not_stop_the_engine(tmp_path: Path) -> None:
    def broken(line: str) -> None:
        raise ValueError(line)

    result = stub(tmp_path, "seq 1 20000; exit 3").run(on_line=broken)
    assert result.code == 3
    assert result.out.splitlines()[-1] == "20000"


def test_a_byte_that_is_not_text_is_shown_and_survived(tmp_path: Path) -> None:
    result = stub(tmp_path, r"printf 'a\377b\n'; exit 0").run()
    assert (result.code, result.out) == (0, "a\ufffdb")


def test_an_interrupt_reaches_the_engine_once_and_it_may_finish(tmp_path: Path) -> None:
    script = "trap 'echo int >> got; sleep 0.1; exit 7' INT; touch ready; while :; do sleep 0.02; done"
    engine = stub(tmp_path, script)
    process = wait_until_running(engine)
    wait_for(tmp_path / "ready")
    engine.interrupt()
    engine.interrupt()
    assert process.wait(5)
    assert (tmp_path / "got").read_text() == "int\n"


def test_an_engine_that_does_not_listen_is_killed_with_its_group(tmp_path: Path) -> None:
    script = "trap '' INT; sleep 60 & echo $! > child; touch ready; wait; sleep 60"
    engine = stub(tmp_path, script, grace_seconds=0.2)
    process = wait_until_running(engine)
    wait_for(tmp_path / "ready")
    child = Identity.of(int((tmp_path / "child").read_text()))
    engine.interrupt()
    assert process.wait(5)
    assert child is not None
    assert child.wait(5)


def test_what_an_engine_leaves_behind_cannot_keep_the_command_waiting(tmp_path: Path) -> None:
    started = time.monotonic()
    result = stub(tmp_path, "sleep 60 & exit 0").run()
    assert result.code == 0
    assert time.monotonic() - started < 3


def test_an_engine_is_not_started_after_an_interrupt(tmp_path: Path) -> None:
    engine = stub(tmp_path, "touch started")
    engine.interrupt()
    assert engine.run().interrupted
    assert not (tmp_path / "started").exists()


def test_a_signal_to_us_is_none_to_the_engine(tmp_path: Path) -> None:
    engine = stub(tmp_path, "sleep 60")
    process = wait_until_running(engine)
    assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
    engine.kill()
    assert process.wait(5)


@pytest.mark.parametrize("pid", [0, 2**22 + 1])
def test_a_pid_that_nobody_has_is_no_process(pid: int) -> None:
    assert Identity.of(pid) is None


def test_a_pid_used_again_is_another_process() -> None:
    assert not Identity(os.getpid(), "1").alive()
    Identity(os.getpid(), "1").send(signal.SIGKILL)
    assert Identity.mine().alive()

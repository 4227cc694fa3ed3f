"""The daemon's process as the command sees it: started, waited for, asked to end."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.daemon.control_client import ask
from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from cloudnative_emulator.daemon.paths import Paths

_LET_GO = """
import os, subprocess, sys
daemon = subprocess.Popen(sys.argv[1:], stdout=sys.stderr, start_new_session=True)
print(daemon.pid, flush=True)
os._exit(0)
"""


def spawn(paths: Paths, backend: str | None) -> int:
    """The daemon's pid. It is nobody's child and leads its own session: no terminal or command ends it."""
    paths.failure.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "cloudnative_emulator", *(["--backend", backend] if backend else [])]
    environment = {
        **os.environ,
        "CLOUDNATIVE_HOME": str(paths.home),
        "CLOUDNATIVE_CACHE": str(folders.cache()),
    }
    with paths.log.open("ab") as log:
        between = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _LET_GO, *argv],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            check=True,
        )
    return int(between.stdout)


def failed(paths: Paths) -> CloudnativeError:
    """Why the daemon ended: the error it left, else the end of its log."""
    if paths.failure.exists():
        kept: dict[str, Any] = json.loads(paths.failure.read_text())
        code = ExitCode(kept.pop("exit_code"))
        return CloudnativeError(exit_code=code, **kept)
    return CloudnativeError(
        code="emulator.died",
        what="the emulator ended while it started",
        why=" ".join(paths.log.read_text(errors="replace").splitlines()[-3:]),
        fix="cloudnative emulator logs",
    )


def is_locked(paths: Paths) -> bool:
    """Whether a daemon of this home lives: the kernel lets go of its lock however it ends."""
    try:
        descriptor = os.open(paths.lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def ask_to_stop(paths: Paths) -> None:
    """One attempt; quiet when nobody listens just then."""
    try:
        ask(paths, "POST", "/stop")
    except OSError:  # it is on its way up or down, and the caller asks again
        time.sleep(0.1)


def holder(paths: Paths) -> tuple[int, str]:
    """Pid and start time of the daemon that has the lock."""
    deadline = time.monotonic() + 2
    while not (text := paths.lock.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)  # it has just taken the lock and writes its name next
    pid, _, started = text.partition(" ")
    return int(pid), started

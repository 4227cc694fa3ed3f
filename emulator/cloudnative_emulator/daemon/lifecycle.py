"""Start, stop, reset and look at the daemon, from the command's process."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any

from cloudnative_emulator.daemon.control_client import ask
from cloudnative_emulator.daemon.endpoint import Endpoint, endpoint
from cloudnative_emulator.daemon.identity_of_process import is_alive, start_time
from cloudnative_emulator.daemon.paths import Paths
from cloudnative_emulator.identity.private_files import give_to_owner, make_private_folder
from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode
from cloudnative_toolchain.programs import ensure

if TYPE_CHECKING:
    from pathlib import Path

Progress = Callable[[str], None]
_START_SECONDS, _STOP_SECONDS = 300, 60
_CONTROL_PLANE = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "registry",
)
_NODE = (
    "containerd",
    "runc",
    "kubelet",
    "kube-proxy",
    "coredns",
    "nft",
    "bridge",
    "buildkitd",
    "mmdebstrap",
)
_LET_GO = """
import os, subprocess, sys
daemon = subprocess.Popen(sys.argv[1:], stdout=sys.stderr, start_new_session=True)
print(daemon.pid, flush=True)
os._exit(0)
"""


def start(*, backend: str | None = None, on_progress: Progress = lambda _: None) -> Endpoint:
    """The running emulator of this home; started, with everything that was there, when it does not run."""
    paths = Paths(folders.home())
    if found := endpoint():
        return _matching(found, backend)
    _make_folder(paths)
    ensure(_programs(backend), on_progress)
    daemon = None if _is_locked(paths) else _spawn(paths, backend)
    if "buildkitd" in _programs(backend):
        _seed(on_progress)  # while the daemon comes up
    return _wait_for_endpoint(paths, backend, daemon, on_progress)


def stop() -> None:
    """End the emulator and everything it runs; data stays. Quiet when it does not run."""
    paths = Paths(folders.home())
    if not _is_locked(paths):
        paths.endpoint.unlink(missing_ok=True)  # left behind by a daemon that was killed
        return
    pid, started = _holder(paths)
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_locked(paths) and time.monotonic() < deadline:
        _ask_to_stop(paths)
        time.sleep(0.1)
    if _is_locked(paths):
        os.kill(pid, signal.SIGKILL)  # it does not answer; the kernel ends what it started together with it
        paths.endpoint.unlink(missing_ok=True)
    while is_alive(pid, started) and time.monotonic() < deadline + 5:
        time.sleep(0.02)


def reset() -> None:
    """Stop, and remove all there ever was of this home's emulator; also after a crash."""
    from cloudnative_emulator.daemon.cleanup import remove_everything  # noqa: PLC0415 (slow to import)

    stop()
    remove_everything(Paths(folders.home()))


def status() -> dict[str, Any]:
    """State, clusters and processes; `{"state": "stopped"}` when it does not run."""
    paths = Paths(folders.home())
    try:
        return ask(paths, "GET", "/status")
    except (FileNotFoundError, ConnectionError):  # a reset: it ended while it was asked
        return {"state": "stopped", "clusters": [], "processes": []}


def logs(component: str | None = None, *, follow: bool = False, lines: int = 200) -> Iterator[str]:
    """The last lines of the daemon's log, or of the component that `status` calls so; with `follow`, more."""
    path = _log_of(component)
    with path.open(errors="replace") as file:
        yield from deque(file, maxlen=lines)
        while follow:
            yield from _new_lines(file)


def _new_lines(file: IO[str]) -> Iterator[str]:
    if line := file.readline():
        yield line
    else:
        time.sleep(0.2)


def _matching(found: Endpoint, backend: str | None) -> Endpoint:
    if backend in (None, found.backend):
        return found
    raise ConfigError(
        code="emulator.other-backend",
        what=f"the emulator already runs with the back end {found.backend}",
        why="clusters cannot move from one back end to another while they run",
        fix=f"cloudnative emulator stop && cloudnative emulator start --backend {backend}",
    )


def _programs(backend: str | None) -> tuple[str, ...]:
    root = sys.platform == "linux" and os.geteuid() == 0
    return (
        *_CONTROL_PLANE,
        *(_NODE if root else ()),
        *(() if root and backend != "simulated" else ("kwok",)),
    )


def _seed(on_progress: Progress) -> None:
    from cloudnative_emulator.registry.seed import ensure_base_image  # noqa: PLC0415 (slow to import)

    ensure_base_image(on_progress)


def _make_folder(paths: Paths) -> None:
    try:
        make_private_folder(paths.log.parent)
        paths.log.touch(mode=0o600)
        give_to_owner(paths.log)
    except OSError as error:
        raise ConfigError(
            code="emulator.home",
            what=f"cannot write to {paths.folder}",
            why=error.strerror or str(error),
            fix=f"sudo chown -R $(id -u) {paths.home}",
        ) from error


def _spawn(paths: Paths, backend: str | None) -> int:
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


def _wait_for_endpoint(
    paths: Paths, backend: str | None, daemon: int | None, on_progress: Progress
) -> Endpoint:
    """The endpoint of our `daemon`, or of the one that holds the lock; of a new one where that was ending."""
    begun, said = time.monotonic(), ""
    while time.monotonic() - begun < _START_SECONDS:
        if found := endpoint():
            return found
        if not (_is_locked(paths) or (daemon and start_time(daemon))):
            if daemon:
                raise _failed(paths)
            daemon = _spawn(paths, backend)
        phase = str(status().get("phase", "starting"))
        if phase != said:
            on_progress(f"waiting for the emulator: {phase}")
            said = phase
        time.sleep(0.05)
    raise CloudnativeError(
        code="emulator.slow",
        what=f"the emulator was not ready within {_START_SECONDS} s",
        why=f"it still says: {said}",
        fix="cloudnative emulator logs",
        exit_code=ExitCode.TIMEOUT,
    )


def _failed(paths: Paths) -> CloudnativeError:
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


def _is_locked(paths: Paths) -> bool:
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


def _ask_to_stop(paths: Paths) -> None:
    try:
        ask(paths, "POST", "/stop")
    except OSError:  # it is on its way up or down, and the caller asks again
        time.sleep(0.1)


def _holder(paths: Paths) -> tuple[int, str]:
    """Pid and start time of the daemon that has the lock."""
    deadline = time.monotonic() + 2
    while not (text := paths.lock.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)  # it has just taken the lock and writes its name next
    pid, _, started = text.partition(" ")
    return int(pid), started


def _log_of(component: str | None) -> Path:
    paths = Paths(folders.home())
    if component in (None, "daemon"):
        path = paths.log
    else:
        known: dict[str, str] = {row["name"]: row["log"] for row in status()["processes"]}
        path = paths.folder / known.get(component, f"logs/{component}.log")
    if not path.exists():
        raise ConfigError(
            code="emulator.no-log",
            what=f"there is no log of {component or 'the daemon'}",
            why=f"{path} does not exist",
            fix="cloudnative emulator status",
        )
    return path

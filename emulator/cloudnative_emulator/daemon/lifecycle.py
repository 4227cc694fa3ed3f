"""Start, stop, reset and look at the daemon, from the command's process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from cloudnative_emulator.daemon.data_of_root import refuse_data_of_root
from cloudnative_emulator.daemon.endpoint import Endpoint, endpoint
from cloudnative_emulator.daemon.identity_of_process import is_alive, start_time
from cloudnative_emulator.daemon.look import status
from cloudnative_emulator.daemon.needs import programs_for
from cloudnative_emulator.daemon.paths import Paths
from cloudnative_emulator.daemon.process import ask_to_stop, failed, holder, is_locked, spawn
from cloudnative_emulator.identity.private_files import give_to_owner, make_private_folder, write_private
from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode
from cloudnative_toolchain.programs import ensure

Progress = Callable[[str], None]
_START_SECONDS, _STOP_SECONDS = 300, 60


def start(
    *,
    backend: str | None = None,
    context: str | None = None,
    registry: str | None = None,
    on_progress: Progress = lambda _: None,
) -> Endpoint:
    """The running emulator of this home; started, with everything that was there, when it does not run.

    `context` names a kubeconfig context for the back end of that name, `registry` what it pulls from.
    """
    paths = Paths(folders.home())
    if found := endpoint():
        return _matching(found, paths, backend, context=context, registry=registry)
    _make_folder(paths)
    refuse_data_of_root(paths.folder)
    chosen = _settle(paths, backend, context, registry, on_progress)
    needed = programs_for(chosen)
    ensure(needed, on_progress)
    daemon = None if is_locked(paths) else spawn(paths, chosen)
    if "buildkitd" in needed:
        _seed(on_progress)  # while the daemon comes up
    return _wait_for_endpoint(paths, chosen, daemon, on_progress)


def stop() -> None:
    """End the emulator and everything it runs; data stays. Quiet when it does not run."""
    paths = Paths(folders.home())
    if not is_locked(paths):
        paths.endpoint.unlink(missing_ok=True)  # left behind by a daemon that was killed
        return
    pid, started = holder(paths)
    deadline = time.monotonic() + _STOP_SECONDS
    while is_locked(paths) and time.monotonic() < deadline:
        ask_to_stop(paths)
        time.sleep(0.1)
    if is_locked(paths):
        os.kill(pid, signal.SIGKILL)  # it does not answer; the kernel ends what it started together with it
        paths.endpoint.unlink(missing_ok=True)
    while is_alive(pid, started) and time.monotonic() < deadline + 5:
        time.sleep(0.02)


def reset() -> None:
    """Stop, and remove all there ever was of this home's emulator; also after a crash."""
    from cloudnative_emulator.daemon.cleanup import remove_everything  # noqa: PLC0415 (slow to import)

    stop()
    remove_everything(Paths(folders.home()))


def _matching(
    found: Endpoint, paths: Paths, backend: str | None, *, context: str | None, registry: str | None
) -> Endpoint:
    if backend not in (None, found.backend):
        raise ConfigError(
            code="emulator.other-backend",
            what=f"the emulator already runs with the back end {found.backend}",
            why="clusters cannot move from one back end to another while they run",
            fix=f"cloudnative emulator stop && cloudnative emulator start --backend {backend}",
        )
    if os.geteuid() == 0 and _lacks_root(found):
        raise ConfigError(
            code="emulator.without-root",
            what="the emulator runs already, without root",
            why="one that root starts builds images and has real nodes, too: stop it, then start it again",
            fix="cloudnative emulator stop",
        )
    if (context or registry) and not _is_pinned(paths, context, registry):
        raise ConfigError(
            code="emulator.running",
            what="the emulator already runs",
            why="a context and its registry are taken when it starts",
            fix="cloudnative emulator stop",
        )
    return found


def _lacks_root(found: Endpoint) -> bool:
    """Whether root could have more of the daemon than it is: one of root's always tries to run BuildKit."""
    try:
        return found.backend != "context" and Path(f"/proc/{found.pid}").stat().st_uid != 0
    except FileNotFoundError:  # no /proc, or it has just ended
        return False


def _is_pinned(paths: Paths, context: str | None, registry: str | None) -> bool:
    from cloudnative_emulator.clusters.context import pinned  # noqa: PLC0415 (only where there is a context)

    kept = pinned.read(paths.home)
    return kept is not None and (
        context in (None, kept.context)
        and (registry is None or pinned.with_scheme(registry) == kept.registry)
    )


def _settle(
    paths: Paths, backend: str | None, context: str | None, registry: str | None, on_progress: Progress
) -> str | None:
    """The back end to start, that of the last start where none is named; a context is pinned first."""
    if backend != "context" and not (context or registry or (paths.folder / "context").exists()):
        return _remembered(paths, backend)
    paths.simulated.unlink(missing_ok=True)
    from cloudnative_emulator.clusters.context import pinned  # noqa: PLC0415 (only where there is a context)

    ensure(("kubectl",), on_progress)
    return pinned.settle(paths.home, backend=backend, context=context, registry=registry)


def _remembered(paths: Paths, backend: str | None) -> str | None:
    """Clusters that were simulated stay so, whoever starts the emulator next, until `node` is asked for."""
    if backend == "simulated":
        write_private(paths.simulated, b"")
    elif backend:
        paths.simulated.unlink(missing_ok=True)
    return "simulated" if paths.simulated.exists() else backend


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


def _wait_for_endpoint(
    paths: Paths, backend: str | None, daemon: int | None, on_progress: Progress
) -> Endpoint:
    """The endpoint of our `daemon`, or of the one that holds the lock; of a new one where that was ending."""
    begun, said = time.monotonic(), ""
    while time.monotonic() - begun < _START_SECONDS:
        if found := endpoint():
            return found
        if not (is_locked(paths) or (daemon and start_time(daemon))):
            if daemon:
                raise failed(paths)
            daemon = spawn(paths, backend)
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

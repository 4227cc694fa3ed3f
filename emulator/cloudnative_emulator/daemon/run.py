"""The daemon's life: its lock, its back end, until it is asked to end."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import json
import logging
import os
import signal
import uuid
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters.context.kind import ContextKind
from cloudnative_emulator.clusters.life_cycle import Clusters
from cloudnative_emulator.clusters.node import NodeKind
from cloudnative_emulator.clusters.simulated import SimulatedKind
from cloudnative_emulator.daemon.control import Control
from cloudnative_emulator.daemon.identity_of_process import start_time
from cloudnative_emulator.daemon.probe import why_no_node
from cloudnative_emulator.daemon.service import Daemon
from cloudnative_emulator.daemon.status import report
from cloudnative_emulator.daemon.supervisor import LocalSupervisor
from cloudnative_emulator.identity.ca import CertificateAuthority
from cloudnative_emulator.identity.private_files import write_private
from cloudnative_emulator.ports import Ports
from cloudnative_toolchain.errors import CloudnativeError, ConfigError

if TYPE_CHECKING:
    from cloudnative_emulator.daemon.paths import Paths

_log = logging.getLogger(__name__)


async def run(paths: Paths, backend: str | None) -> int:
    """Serve until SIGTERM or `stop`; the exit code. Failures to start are left in failure.json."""
    paths.failure.unlink(missing_ok=True)
    lock = _lock(paths)
    if lock is None:
        return 0  # another daemon of this home is there already
    daemon: Daemon | None = None
    control: Control | None = None
    try:
        daemon = _make(paths, backend)
        control = Control(functools.partial(report, daemon), daemon.ended)
        await control.start(paths)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, daemon.ended.set)
        await _until_ended(daemon)
    except CloudnativeError as error:
        _log.error("the emulator does not start: %s", error)
        write_private(paths.failure, json.dumps({**error.to_dict(), "exit_code": error.exit_code}).encode())
        return 1
    finally:
        if daemon:
            await daemon.stop()
        if control:
            await control.close()
        os.close(lock)
    return 0


async def _until_ended(daemon: Daemon) -> None:
    """Start, and return when asked to end, also in the middle of starting."""
    starting = asyncio.create_task(daemon.start())
    ended = asyncio.create_task(daemon.ended.wait())
    try:
        await asyncio.wait({starting, ended}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            await ended
    finally:
        starting.cancel()
        ended.cancel()
        await asyncio.gather(starting, ended, return_exceptions=True)


def _make(paths: Paths, wanted: str | None) -> Daemon:
    supervisor, ports, ca = LocalSupervisor(), Ports.load(paths.home), CertificateAuthority.load(paths.home)
    obstacle = why_no_node()
    if wanted == "node" and obstacle:
        raise ConfigError(
            code="emulator.no-node",
            what="real nodes cannot run here",
            why=obstacle,
            fix="cloudnative emulator start --backend simulated",
        )
    simulated = wanted != "context" and (bool(obstacle) or wanted == "simulated")
    reason = (obstacle or "asked for") if simulated else ""
    kind = ContextKind if wanted == "context" else SimulatedKind if simulated else NodeKind
    backend = Clusters[Any](paths.home, kind(paths.home, supervisor, ca, ports))
    return Daemon(paths, supervisor, ports, ca, backend, reason, _instance(paths), builds=not obstacle)


def _instance(paths: Paths) -> str:
    if not paths.instance.exists():
        write_private(paths.instance, str(uuid.uuid4()).encode())
    return paths.instance.read_text().strip()


def _lock(paths: Paths) -> int | None:
    """The home's lock, or None when somebody has it. Not inherited: it must not outlive the daemon."""
    if not paths.lock.exists():
        write_private(paths.lock, b"")
    descriptor = os.open(paths.lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()} {start_time(os.getpid())}".encode())
    return descriptor

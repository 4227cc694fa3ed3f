"""The daemon's life: from nothing to endpoint.json, and back."""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import signal
import sys
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudnative_emulator import builder
from cloudnative_emulator.arm import serve
from cloudnative_emulator.builder.buildkit import cgroup_name
from cloudnative_emulator.clusters import cgroups
from cloudnative_emulator.clusters.life_cycle import Clusters
from cloudnative_emulator.clusters.node import NodeKind
from cloudnative_emulator.clusters.ready import is_listening, wait_for
from cloudnative_emulator.clusters.simulated import SimulatedKind
from cloudnative_emulator.daemon.control import Control
from cloudnative_emulator.daemon.identity_of_process import start_time
from cloudnative_emulator.daemon.probe import why_no_node
from cloudnative_emulator.daemon.status import report
from cloudnative_emulator.daemon.supervisor import LocalSupervisor
from cloudnative_emulator.identity.ca import CertificateAuthority
from cloudnative_emulator.identity.private_files import write_private
from cloudnative_emulator.ports import Ports, ProcessSpec
from cloudnative_toolchain.errors import CloudnativeError, ConfigError

if TYPE_CHECKING:
    from cloudnative_emulator.arm.serve import RunningApi
    from cloudnative_emulator.daemon.paths import Paths

_log = logging.getLogger(__name__)


@dataclass
class Daemon:
    """One home's emulator at work."""

    paths: Paths
    supervisor: LocalSupervisor
    ports: Ports
    ca: CertificateAuthority
    backend: Clusters[Any]
    backend_reason: str
    instance: str
    builds: bool  # BuildKit needs what a node needs
    phase: str = "starting"
    api: RunningApi | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def status(self) -> dict[str, Any]:
        """What `cloudnative emulator status` shows."""
        return report(self)

    async def start(self) -> None:
        """Bring everything up, then write endpoint.json."""
        await self.supervisor.start(self._azure_native())  # reads endpoint.json once it is there
        await self._start_builder()
        self._enter("clusters and registries come up")
        home = self.paths.home
        self.api = await serve(home, self.ports, self.ca, self.backend, self.supervisor)
        await self._wait_for_azure_native()
        self._enter("ready")
        endpoint = self._endpoint(self.api)
        write_private(self.paths.endpoint, json.dumps(endpoint, indent=1).encode())

    async def stop(self) -> None:
        """End everything in order; data stays."""
        self._enter("stopping")
        self.paths.endpoint.unlink(missing_ok=True)
        if self.api:
            await self.api.close()
        await self.backend.close()
        await self.supervisor.stop_all()
        if self.builds:
            await asyncio.to_thread(cgroups.remove, cgroup_name(self.paths.home))

    def _enter(self, phase: str) -> None:
        self.phase = phase
        _log.info("%s", phase)

    async def _start_builder(self) -> None:
        if not self.builds:
            return
        self._enter("BuildKit comes up")
        home = self.paths.home
        spec = await asyncio.to_thread(builder.prepare, home, self.ports, self.ca.path)
        await self.supervisor.start(spec)
        await builder.wait_ready(home)

    async def _wait_for_azure_native(self) -> None:
        self._enter("the stand-in for azure-native comes up")
        port = self.ports.allocate("azure_native")
        log = self.paths.folder / "logs"
        await wait_for("the stand-in for azure-native", lambda: is_listening(port), seconds=60, logs=log)

    def _azure_native(self) -> ProcessSpec:
        port = self.ports.allocate("azure_native")
        argv = [
            sys.executable,
            "-m",
            "cloudnative_emulator.azure_native",
            str(self.paths.endpoint),
            str(port),
        ]
        log = self.paths.folder / "logs/azure-native.log"
        return ProcessSpec("azure-native", argv, dict(os.environ), log)

    def _endpoint(self, api: RunningApi) -> dict[str, Any]:
        home, account, pid = self.paths.home, api.account, os.getpid()
        return {
            "instance": self.instance, "pid": pid, "start_time": start_time(pid),
            "arm": api.arm, "ca": str(self.ca.path), "tenant": account.tenant,
            "subscription": account.subscription, "client_id": account.client_id,
            "client_secret": account.client_secret, "object_id": account.object_id,
            "azure_native": f"127.0.0.1:{self.ports.allocate('azure_native')}",
            "buildkit": builder.address(home) if self.builds else "",
            "docker_mirror": api.docker_mirror,
            "build_certificates": str((self.builds and builder.trusted_by_builds()) or ""),
            "backend": self.backend.name, "backend_reason": self.backend_reason,
        }  # fmt: skip


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
        control = Control(daemon.status, daemon.ended)
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
    simulated = bool(obstacle) or wanted == "simulated"
    reason = obstacle or ("asked for" if simulated else "")
    kind = SimulatedKind if simulated else NodeKind
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

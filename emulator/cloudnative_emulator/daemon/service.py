"""The daemon itself: what it starts, in which order, and what it tells of itself."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudnative_emulator import builder
from cloudnative_emulator.arm import serve
from cloudnative_emulator.builder.buildkit import cgroup_name
from cloudnative_emulator.clusters import cgroups
from cloudnative_emulator.clusters.ready import is_listening, wait_for
from cloudnative_emulator.daemon.identity_of_process import start_time
from cloudnative_emulator.identity.private_files import write_private
from cloudnative_emulator.monitoring.monitor import Monitor
from cloudnative_emulator.monitoring.query_api import EVERYTHING, query_endpoint
from cloudnative_emulator.ports import ProcessSpec

if TYPE_CHECKING:
    from cloudnative_emulator.arm.serve import RunningApi
    from cloudnative_emulator.clusters.life_cycle import Clusters
    from cloudnative_emulator.daemon.paths import Paths
    from cloudnative_emulator.daemon.supervisor import LocalSupervisor
    from cloudnative_emulator.identity.ca import CertificateAuthority
    from cloudnative_emulator.ports import Ports

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
    monitor: Monitor | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Bring everything up, then write endpoint.json."""
        await self.supervisor.start(self._azure_native())  # reads endpoint.json once it is there
        await self._start_builder()
        self._enter("clusters and registries come up")
        home = self.paths.home
        monitor = self.monitor = Monitor(home, self.ports, self.supervisor, self.backend.scraped)
        self.api = await serve(home, self.ports, self.ca, self.backend, self.supervisor, metrics=monitor)
        await self._wait_for_azure_native()
        self._enter("ready")
        endpoint = self._endpoint(self.api)
        write_private(self.paths.endpoint, json.dumps(endpoint, indent=1).encode())
        monitor.begin()

    async def stop(self) -> None:
        """End everything in order; data stays."""
        self._enter("stopping")
        self.paths.endpoint.unlink(missing_ok=True)
        if self.api:
            await self.api.close()
        if self.monitor:
            await self.monitor.close()
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
            "prometheus": query_endpoint(api.arm, EVERYTHING),
            "build_certificates": str((self.builds and builder.trusted_by_builds()) or ""),
            "backend": self.backend.name, "backend_reason": self.backend_reason,
        }  # fmt: skip

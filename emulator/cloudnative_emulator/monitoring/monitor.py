"""Metrics of this home: Prometheus runs while there are clusters, and scrapes those that run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

import aiohttp

from cloudnative_emulator.clusters.kube import KubeClient
from cloudnative_emulator.monitoring.pod_targets import PodTargets
from cloudnative_emulator.monitoring.prometheus import NAME, Prometheus
from cloudnative_emulator.monitoring.scrape_config import configuration
from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudnative_emulator.daemon.supervisor import LocalSupervisor
    from cloudnative_emulator.monitoring.scraped import Scraped
    from cloudnative_emulator.ports import Ports

_log = logging.getLogger(__name__)
# After the first cluster is up an `up` still builds and releases: Prometheus leaves it the processors for so
# long, unless somebody asks for metrics before.
SETTLE_SECONDS = 30.0
_LOOK_SECONDS = 1.0
_START_SECONDS = 20


class Monitor:
    """Starts, feeds and stops Prometheus, from `begin` to `close`."""

    def __init__(
        self, home: Path, ports: Ports, supervisor: LocalSupervisor, clusters: Callable[[], list[Scraped]]
    ) -> None:
        self.prometheus = Prometheus(home / "emulator/prometheus", ports.allocate(NAME))
        self._supervisor, self._clusters = supervisor, clusters
        self._scraped: dict[str, tuple[Scraped, KubeClient, asyncio.Task[None]]] = {}
        self._lock = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None
        self._first_seen: float | None = None
        self._watching: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look after it until `close`."""
        self._watching = asyncio.create_task(self._watch(), name="metrics")

    async def _watch(self) -> None:
        while True:
            try:
                await self._look()
            except (CloudnativeError, OSError, aiohttp.ClientError) as error:
                _log.warning("metrics: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def close(self) -> None:
        """Let go of everything; the supervisor ends the process."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._follow([])
        if self._session:
            await self._session.close()

    async def session(self) -> aiohttp.ClientSession | None:
        """A way to Prometheus' API once it is ready; None where there is no cluster to scrape."""
        if not self._clusters():
            return None
        await self._ensure()
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=self.prometheus.client_context())
            self._session = aiohttp.ClientSession(self.prometheus.address, connector=connector)
        await self._wait_until_ready(self._session)
        return self._session

    async def _look(self) -> None:
        if not self._clusters():
            self._first_seen = None
            if self._scraped:
                await self._end()
            return
        self._first_seen = self._first_seen or time.monotonic()
        if self._supervisor.pid(NAME) or time.monotonic() - self._first_seen >= SETTLE_SECONDS:
            await self._ensure()

    async def _ensure(self) -> None:
        """It runs, and scrapes what runs."""
        async with self._lock:
            wanted = self._clusters()
            if [each for each, _, _ in self._scraped.values()] != wanted:
                await self._follow(wanted)
                self.prometheus.write(configuration(wanted, self.prometheus.targets))
                if pid := self._supervisor.pid(NAME):
                    os.kill(pid, signal.SIGHUP)
            if wanted and not self._supervisor.pid(NAME):
                await self._supervisor.start(await asyncio.to_thread(self.prometheus.prepare))

    async def _follow(self, wanted: list[Scraped]) -> None:
        for cluster, client, task in self._scraped.values():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await client.close()
            _ = cluster
        self._scraped = {}
        for cluster in wanted:
            client = KubeClient.with_certificate(
                f"https://{cluster.server}", cluster.ca, cluster.certificate, cluster.private_key
            )
            pods = PodTargets(cluster, self.prometheus.targets)
            self._scraped[cluster.key] = (cluster, client, asyncio.create_task(pods.run(client)))

    async def _end(self) -> None:
        """No cluster is left: nothing to scrape, and what was gathered is of things that are gone."""
        async with self._lock:
            await self._follow([])
            await self._supervisor.stop(NAME)
            await asyncio.to_thread(shutil.rmtree, self.prometheus.data, ignore_errors=True)

    async def _wait_until_ready(self, session: aiohttp.ClientSession) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with session.get("/-/ready") as answer:
                    if answer.status == 200 or time.monotonic() > deadline:
                        return
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(0.1)

"""The `node` back end: every cluster is one real node in namespaces of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters import network, node_boot, node_files, ready, seeds, state
from cloudnative_emulator.clusters.forwarding import Forwarder
from cloudnative_emulator.clusters.kube import KubeClient
from cloudnative_emulator.clusters.labels import node_count, node_labels, node_name
from cloudnative_emulator.clusters.loadbalancers import LoadBalancers
from cloudnative_emulator.clusters.namespaces import first_process, processes_below
from cloudnative_emulator.clusters.versions import kubernetes_versions
from cloudnative_emulator.clusters.volumes import Volumes
from cloudnative_emulator.ports import ClusterInfo

if TYPE_CHECKING:
    from pathlib import Path

    from cloudnative_emulator.clusters.state import ClusterState
    from cloudnative_emulator.daemon.supervisor import LocalSupervisor
    from cloudnative_emulator.identity.ca import CertificateAuthority
    from cloudnative_emulator.ports import ClusterSpec, Ports

_log = logging.getLogger(__name__)
_CONTROL_PLANE_SECONDS, _NODE_SECONDS = 90, 90


@dataclass
class _Live:
    """A cluster that runs."""

    boot: node_boot.Boot
    client: KubeClient
    forwarder: Forwarder
    init_pid: int
    info: ClusterInfo | None = None
    controllers: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])


class NodeBackend:
    """`ports.ClusterBackend` with real nodes; needs root on Linux."""

    name = "node"

    def __init__(
        self, home: Path, supervisor: LocalSupervisor, ca: CertificateAuthority, ports: Ports
    ) -> None:
        self._home, self._supervisor, self._ca, self._ports = home, supervisor, ca, ports
        self._live: dict[str, _Live] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._revivals: set[asyncio.Task[None]] = set()

    def versions(self) -> list[str]:
        """The one version of the programs that are here."""
        return kubernetes_versions()

    def info(self, cluster_id: str, /) -> ClusterInfo | None:
        """How to reach the cluster while it runs, else None."""
        live = self._live.get(self._key(cluster_id))
        return live.info if live else None

    async def create(self, spec: ClusterSpec) -> ClusterInfo:
        """Boot the cluster, or converge the running one to `spec`."""
        folder = state.folder_of(self._home, spec.id)
        async with self._lock(folder.name):
            kept = state.read(folder)
            node = kept.node if kept else node_name(spec.id, spec.pools[0].name, 0)
            wanted = state.ClusterState(folder, spec, True, kept.block if kept else None, node)
            live = self._live.get(wanted.key)
            if live and kept and state.needs_restart(kept.spec, spec):
                await self._halt(wanted.key)
                live = None
            wanted.write()
            if live:
                await self._converge(live, wanted)
                return _known(live)
            return await self._boot(wanted)

    async def start(self, cluster_id: str, /) -> None:
        """Bring a stopped cluster back with its data."""
        folder = state.folder_of(self._home, cluster_id)
        async with self._lock(folder.name):
            kept = state.read(folder)
            if kept and kept.key not in self._live:
                kept.running = True
                kept.write()
                await self._boot(kept)

    async def stop(self, cluster_id: str, /) -> None:
        """End its processes and keep its data."""
        folder = state.folder_of(self._home, cluster_id)
        async with self._lock(folder.name):
            await self._halt(folder.name)
            if kept := state.read(folder):
                kept.running = False
                kept.write()

    async def delete(self, cluster_id: str, /) -> None:
        """Remove processes and data; quiet when it is not there."""
        folder = state.folder_of(self._home, cluster_id)
        async with self._lock(folder.name):
            await self._halt(folder.name)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def close(self) -> None:
        """End every cluster; they stay meant to run."""
        for task in self._revivals:
            task.cancel()
        await asyncio.gather(*(self._halt(key) for key in list(self._live)))

    async def forward(self, port: int) -> None:
        """Make a port of the host's loopback reachable in every running node."""
        await asyncio.gather(*(live.forwarder.open(port) for live in self._live.values()))

    def rows(self) -> list[dict[str, Any]]:
        """Each cluster for `status`: nodes, addresses, programs with pid, memory and restarts."""
        return [self._row(each) for each in state.read_all(self._home)]

    async def _boot(self, cluster: ClusterState) -> ClusterInfo:
        begun = time.monotonic()
        boot = await asyncio.to_thread(node_boot.prepare, self._home, cluster, self._ca.pem, self._ports)
        cluster.write()
        prepared = time.monotonic()
        try:
            info = await self._start_processes(boot)
        except BaseException:
            await self._halt(cluster.key)
            await asyncio.to_thread(boot.clean)
            raise
        _log.info(
            "%s: files written in %.1f s, node Ready %.1f s after its first process",
            cluster.spec.name, prepared - begun, time.monotonic() - prepared,
        )  # fmt: skip
        return info

    async def _start_processes(self, boot: node_boot.Boot) -> ClusterInfo:
        begun = datetime.now(UTC).replace(microsecond=0)
        unshare = await self._supervisor.start(boot.process)
        init_pid = await first_process(unshare)
        await asyncio.to_thread(network.hand_over, boot.block, init_pid)
        client = KubeClient(boot.layout.server, boot.pki.ca, *boot.pki.certificate("admin"))
        live = self._live[boot.cluster.key] = _Live(boot, client, Forwarder(init_pid), init_pid)
        for port in (self._ports.arm, self._ports.docker_mirror, *self._ports.registries()):
            await live.forwarder.open(port)
        logs = boot.cluster.folder / "logs"
        name = f"API server of {boot.cluster.spec.name}"
        await ready.wait_for(name, lambda: ready.api_ready(client), seconds=_CONTROL_PLANE_SECONDS, logs=logs)
        await seeds.plant(client)
        self._start_controllers(live)
        name = f"node of {boot.cluster.spec.name}"
        await ready.wait_for(
            name, lambda: ready.nodes_ready(client, 1, since=begun), seconds=_NODE_SECONDS, logs=logs
        )
        await self._converge(live, boot.cluster)
        live.info = await node_boot.describe(boot, client)
        return live.info

    def _start_controllers(self, live: _Live) -> None:
        boot = live.boot
        balancers = LoadBalancers(live.client, boot.block.balancers)
        volumes = Volumes(live.client, boot.cluster.folder / "volumes", boot.layout.root / "volumes")
        guard = asyncio.create_task(self._guard(live))
        live.controllers = [asyncio.create_task(balancers.run()), *volumes.start(), guard]

    async def _guard(self, live: _Live) -> None:
        """Programs are restarted by the node's init; when init itself dies, the node is booted anew."""
        while self._supervisor.pid(live.boot.process.name):  # noqa: ASYNC110 (seconds do not matter here)
            await asyncio.sleep(1)
        _log.error("the node of %s has ended; it is booted again", live.boot.cluster.spec.name)
        task = asyncio.create_task(self._revive(live))
        self._revivals.add(task)
        task.add_done_callback(self._revivals.discard)

    async def _revive(self, live: _Live) -> None:
        key = live.boot.cluster.key
        async with self._lock(key):
            if self._live.get(key) is live:  # nobody stopped or deleted it meanwhile
                await self._halt(key)
                await self._boot(live.boot.cluster)

    async def _converge(self, live: _Live, wanted: ClusterState) -> None:
        """Labels of pools that came or went, and the pull credentials of another kubelet identity."""
        boot = live.boot
        before, after = node_labels(boot.cluster.spec), node_labels(wanted.spec)
        labels: dict[str, str | None] = {key: None for key in before if key not in after} | after
        await live.client.patch(f"/api/v1/nodes/{wanted.node}", {"metadata": {"labels": labels}})
        username, password = wanted.spec.kubelet_username, wanted.spec.kubelet_password
        node_files.write_pull_credentials(boot.layout, username, password, self._ports.registries())
        boot.cluster = wanted

    async def _halt(self, key: str) -> None:
        live = self._live.pop(key, None)
        if live is None:
            return
        for task in live.controllers:
            task.cancel()
        live.forwarder.close()
        await live.client.close()
        await self._supervisor.stop(live.boot.process.name, timeout=8)
        await asyncio.to_thread(live.boot.clean)

    def _row(self, cluster: ClusterState) -> dict[str, Any]:
        live = self._live.get(cluster.key)
        programs: list[dict[str, Any]] = []
        if live:
            with contextlib.suppress(OSError):  # a node that is being restarted just now
                programs = node_boot.program_rows(live.boot, processes_below(live.init_pid))
        return {
            "name": cluster.spec.name,
            "id": cluster.spec.id,
            "state": "running" if live and live.info else "starting" if live else "stopped",
            "nodes": f"1 real node for {node_count(cluster.spec)}",
            "address": live.boot.block.node if live else "",
            "server": live.boot.layout.server if live else "",
            "processes": programs,
        }

    def _lock(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())

    def _key(self, cluster_id: str) -> str:
        return state.folder_of(self._home, cluster_id).name


def _known(live: _Live) -> ClusterInfo:
    if live.info is None:
        raise RuntimeError("a cluster whose boot has not ended is behind its lock")
    return live.info

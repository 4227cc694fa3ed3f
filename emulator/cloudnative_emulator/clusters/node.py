"""The `node` back end: every cluster is one real node in namespaces of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters import image_pulls, network, node_boot, ready, seeds, watches
from cloudnative_emulator.clusters.control_plane import OWN_ISSUER
from cloudnative_emulator.clusters.forwarding import Forwarder
from cloudnative_emulator.clusters.info import describe
from cloudnative_emulator.clusters.kube import KubeClient
from cloudnative_emulator.clusters.labels import node_count, node_labels
from cloudnative_emulator.clusters.loadbalancers import LoadBalancers
from cloudnative_emulator.clusters.namespaces import first_process, processes_below
from cloudnative_emulator.clusters.versions import kubernetes_versions
from cloudnative_emulator.clusters.volumes import Volumes
from cloudnative_emulator.monitoring.scraped import scraped_control_plane

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudnative_emulator.clusters.state import ClusterState
    from cloudnative_emulator.daemon.supervisor import LocalSupervisor
    from cloudnative_emulator.identity.ca import CertificateAuthority
    from cloudnative_emulator.monitoring.scraped import Scraped
    from cloudnative_emulator.ports import ClusterInfo, Ports

_log = logging.getLogger(__name__)
_CONTROL_PLANE_SECONDS, _NODE_SECONDS = 90, 90


@dataclass
class _Parts:
    """What a node consists of from its first process on."""

    client: KubeClient
    forwarder: Forwarder
    init_pid: int
    controllers: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])


@dataclass(eq=False)
class RunningNode:
    """A node that is Ready."""

    cluster: ClusterState
    info: ClusterInfo
    boot: node_boot.Boot
    parts: _Parts


class NodeKind:
    """`life_cycle.Kind` with real nodes; needs root on Linux."""

    name = "node"

    def __init__(
        self, home: Path, supervisor: LocalSupervisor, ca: CertificateAuthority, ports: Ports
    ) -> None:
        self._home, self._supervisor, self._ca, self._ports = home, supervisor, ca, ports

    def versions(self) -> list[str]:
        """The one version of the programs that are here."""
        return kubernetes_versions()

    async def boot(self, cluster: ClusterState, lost: Callable[[RunningNode], None], /) -> RunningNode:
        """Start every process and return once the node is Ready."""
        begun = time.monotonic()
        if short := await asyncio.to_thread(watches.shortage, watches.NEEDED):
            raise short
        boot = await asyncio.to_thread(node_boot.prepare, self._home, cluster, self._ca.pem, self._ports)
        cluster.write()
        prepared = time.monotonic()
        parts: _Parts | None = None
        try:
            parts = await self._enter(boot)
            running = await self._bring_up(boot, parts)
        except BaseException:
            await self._end(boot, parts)
            raise
        parts.controllers.append(asyncio.create_task(self._guard(running, lost)))
        _log.info(
            "%s: files written in %.1f s, node Ready %.1f s after its first process",
            cluster.spec.name, prepared - begun, time.monotonic() - prepared,
        )  # fmt: skip
        return running

    async def converge(self, running: RunningNode, wanted: ClusterState, /) -> None:
        """Labels of pools that came or went, and the pull credentials of another kubelet identity."""
        await self._converge(running.boot, running.parts.client, running.cluster, wanted)

    async def halt(self, running: RunningNode, /) -> None:
        """End the node's process tree and take its link and control groups away."""
        await self._end(running.boot, running.parts)

    async def forget(self, cluster: ClusterState, running: RunningNode | None, /) -> None:
        """Nothing to do: all of it lies in the cluster's folder."""

    def row(self, cluster: ClusterState, running: RunningNode | None, /) -> dict[str, Any]:
        """Nodes, addresses, programs with pid, memory and restarts."""
        programs: list[dict[str, Any]] = []
        if running:
            with contextlib.suppress(OSError):  # a node that is being restarted just now
                programs = node_boot.program_rows(running.boot, processes_below(running.parts.init_pid))
        return {
            "nodes": f"1 real node for {node_count(cluster.spec)}",
            "address": running.boot.block.node if running else "",
            "server": running.info.server if running else "",
            "processes": programs,
        }

    def scraped(self, running: RunningNode, /) -> Scraped:
        """Its API server, its kubelet, the programs of its control plane."""
        layout, cluster = running.boot.layout, running.cluster
        return scraped_control_plane(
            cluster, layout, running.boot.pki, {cluster.node: f"{layout.advertise}:10250"}
        )

    async def _enter(self, boot: node_boot.Boot) -> _Parts:
        """The first process, its link, and the emulator's ports inside."""
        init_pid = await first_process(await self._supervisor.start(boot.process))
        await asyncio.to_thread(network.hand_over, boot.block, init_pid)
        client = KubeClient.with_certificate(boot.layout.server, boot.pki.ca, *boot.pki.certificate("admin"))
        parts = _Parts(client, Forwarder(init_pid), init_pid)
        for port in (self._ports.arm, self._ports.docker_mirror, *self._ports.registries()):
            await parts.forwarder.open(port)
        return parts

    async def _bring_up(self, boot: node_boot.Boot, parts: _Parts) -> RunningNode:
        begun = datetime.now(UTC).replace(microsecond=0)
        client, cluster, logs = parts.client, boot.cluster, boot.cluster.folder / "logs"
        name = f"API server of {cluster.spec.name}"
        await ready.wait_for(name, lambda: ready.api_ready(client), seconds=_CONTROL_PLANE_SECONDS, logs=logs)
        await seeds.plant(client)
        balancers = LoadBalancers(client, boot.block.balancers)
        volumes = Volumes(client, cluster.folder / "volumes", boot.layout.root / "volumes")
        parts.controllers += [asyncio.create_task(balancers.run()), *volumes.start()]
        name = f"node of {cluster.spec.name}"
        await ready.wait_for(
            name, lambda: ready.nodes_ready(client, 1, since=begun), seconds=_NODE_SECONDS, logs=logs
        )
        await self._converge(boot, client, cluster, cluster)
        issuer = cluster.spec.service_account_issuer or OWN_ISSUER
        server, ca_pem = boot.layout.server, boot.pki.authority.pem
        info = await describe(client, server=server, ca_pem=ca_pem, issuer=issuer)
        return RunningNode(cluster, info, boot, parts)

    async def _converge(
        self, boot: node_boot.Boot, client: KubeClient, was: ClusterState, wanted: ClusterState
    ) -> None:
        before, after = node_labels(was.spec), node_labels(wanted.spec)
        labels: dict[str, str | None] = {key: None for key in before if key not in after} | after
        await client.patch(f"/api/v1/nodes/{wanted.node}", {"metadata": {"labels": labels}})
        username, password = wanted.spec.kubelet_username, wanted.spec.kubelet_password
        image_pulls.write_pull_credentials(boot.layout, username, password, self._ports.registries())

    async def _guard(self, running: RunningNode, lost: Callable[[RunningNode], None]) -> None:
        """Programs are restarted by the node's init; when init itself dies, the node is booted anew."""
        while self._supervisor.pid(running.boot.process.name):  # noqa: ASYNC110 (seconds do not matter here)
            await asyncio.sleep(1)
        lost(running)

    async def _end(self, boot: node_boot.Boot, parts: _Parts | None) -> None:
        if parts:
            for task in parts.controllers:
                task.cancel()
            parts.forwarder.close()
            await parts.client.close()
        await self._supervisor.stop(boot.process.name, timeout=8)
        await asyncio.to_thread(boot.clean)

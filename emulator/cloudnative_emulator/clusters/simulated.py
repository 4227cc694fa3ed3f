"""The `simulated` back end: a real control plane and KWOK's nodes; no pod runs, everything else is real."""

from __future__ import annotations

import asyncio
import functools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters import control_plane, ready, seeds
from cloudnative_emulator.clusters.control_plane import OWN_ISSUER, Layout
from cloudnative_emulator.clusters.fake_nodes import SimulatedBalancers, converge_nodes
from cloudnative_emulator.clusters.info import describe
from cloudnative_emulator.clusters.kube import KubeClient
from cloudnative_emulator.clusters.labels import node_count
from cloudnative_emulator.clusters.pki import Pki
from cloudnative_emulator.clusters.versions import kubernetes_versions
from cloudnative_emulator.clusters.volumes import Volumes
from cloudnative_emulator.daemon.supervisor import memory_mb
from cloudnative_emulator.identity.private_files import make_private_folder
from cloudnative_emulator.monitoring.scraped import scraped_control_plane
from cloudnative_emulator.ports import ProcessSpec
from cloudnative_toolchain.programs import data_file, program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudnative_emulator.clusters.control_plane import Command
    from cloudnative_emulator.clusters.state import ClusterState
    from cloudnative_emulator.daemon.supervisor import LocalSupervisor
    from cloudnative_emulator.identity.ca import CertificateAuthority
    from cloudnative_emulator.monitoring.scraped import Scraped
    from cloudnative_emulator.ports import ClusterInfo, Ports

_PORTS = ("api", "etcd", "etcd-peer", "controller-manager", "scheduler", "kwok")
_SECONDS = 120
_NODE_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


@dataclass(eq=False)
class RunningSimulation:
    """A control plane with its simulated nodes."""

    cluster: ClusterState
    info: ClusterInfo
    client: KubeClient
    controllers: list[asyncio.Task[None]]


class SimulatedKind:
    """`life_cycle.Kind` with simulated pods; needs no root."""

    name = "simulated"

    def __init__(
        self, home: Path, supervisor: LocalSupervisor, ca: CertificateAuthority, ports: Ports
    ) -> None:
        _ = home
        self._supervisor, self._ca, self._ports = supervisor, ca, ports

    def versions(self) -> list[str]:
        """The one version of the programs that are here."""
        return kubernetes_versions()

    async def boot(
        self, cluster: ClusterState, lost: Callable[[RunningSimulation], None], /
    ) -> RunningSimulation:
        """Start the control plane and KWOK; return once all nodes are Ready. The supervisor keeps them up."""
        _ = lost
        layout = self._layout(cluster)
        pki = await asyncio.to_thread(_prepare, cluster, layout, self._ca.pem)
        client = KubeClient.with_certificate(layout.server, pki.ca, *pki.certificate("admin"))
        controllers: list[asyncio.Task[None]] = []
        try:
            await self._start_processes(layout, cluster, client, controllers)
            issuer = cluster.spec.service_account_issuer or OWN_ISSUER
            ca_pem = pki.authority.pem
            info = await describe(client, server=layout.server, ca_pem=ca_pem, issuer=issuer)
        except BaseException:
            await self._end(cluster, client, controllers)
            raise
        return RunningSimulation(cluster, info, client, controllers)

    async def converge(self, running: RunningSimulation, wanted: ClusterState, /) -> None:
        """As many nodes as the pools ask for."""
        await converge_nodes(running.client, wanted.spec)

    async def halt(self, running: RunningSimulation, /) -> None:
        """End the programs, etcd last."""
        await self._end(running.cluster, running.client, running.controllers)

    async def forget(self, cluster: ClusterState, running: RunningSimulation | None, /) -> None:
        """Give its ports back."""
        _ = running
        for name in _PORTS:
            self._ports.release(f"cluster:{cluster.key}:{name}")

    def row(self, cluster: ClusterState, running: RunningSimulation | None, /) -> dict[str, Any]:
        """Nodes, address and memory; the supervisor's own list has the processes."""
        prefix = f"{cluster.key}/"
        rows = [row for row in self._supervisor.rows() if row["name"].startswith(prefix)]
        return {
            "nodes": f"{node_count(cluster.spec)} simulated nodes",
            "address": "",
            "server": running.info.server if running else "",
            "processes": [],
            "memory_mb": sum(memory_mb(row["pid"] or 0) for row in rows),
        }

    def scraped(self, running: RunningSimulation, /) -> Scraped:
        """Its control plane: simulated pods have nothing to tell."""
        cluster = running.cluster
        return scraped_control_plane(cluster, self._layout(cluster), Pki.load(cluster.folder), {})

    async def _start_processes(
        self,
        layout: Layout,
        cluster: ClusterState,
        client: KubeClient,
        controllers: list[asyncio.Task[None]],
    ) -> None:
        etcd, apiserver, *others = control_plane.commands(layout, cluster.spec)
        wait = functools.partial(ready.wait_for, seconds=_SECONDS, logs=layout.folder / "logs")
        await self._run(cluster, etcd)
        await wait("etcd", lambda: ready.is_listening(layout.etcd_port))
        await self._run(cluster, apiserver)
        await wait("the API server", lambda: ready.api_ready(client))
        # A KWOK that was killed holds its nodes for 40 s; there is never another one that could hold them.
        await client.call("DELETE", _NODE_LEASES)
        others.append(control_plane.Command("kwok", _kwok(layout, self._port(cluster, "kwok"))))
        await asyncio.gather(*(self._run(cluster, each) for each in others))
        await seeds.plant(client)
        await converge_nodes(client, cluster.spec)
        folder = layout.folder / "volumes"
        controllers += [
            asyncio.create_task(SimulatedBalancers(client).run()),
            *Volumes(client, folder, folder).start(),
        ]
        await wait("nodes", lambda: ready.nodes_ready(client, node_count(cluster.spec)))

    async def _run(self, cluster: ClusterState, command: Command) -> None:
        log = cluster.folder / "logs" / f"{command.name}.log"
        environment = {"PATH": os.defpath, "HOME": str(cluster.folder)}
        await self._supervisor.start(
            ProcessSpec(f"{cluster.key}/{command.name}", command.argv, environment, log)
        )

    async def _end(
        self, cluster: ClusterState, client: KubeClient, controllers: list[asyncio.Task[None]]
    ) -> None:
        for task in controllers:
            task.cancel()
        await client.close()
        names = ("kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver")
        await asyncio.gather(*(self._supervisor.stop(f"{cluster.key}/{name}", timeout=1) for name in names))
        await self._supervisor.stop(f"{cluster.key}/etcd")

    def _layout(self, cluster: ClusterState) -> Layout:
        ports = {name: self._port(cluster, name) for name in _PORTS}
        return Layout(
            folder=cluster.folder,
            root=cluster.folder,
            bind="127.0.0.1",
            advertise="198.18.0.1",  # must not be loopback, and is never told to anybody
            api_port=ports["api"],
            etcd_port=ports["etcd"],
            etcd_peer_port=ports["etcd-peer"],
            controller_manager_port=ports["controller-manager"],
            scheduler_port=ports["scheduler"],
            publishes_itself=False,
        )

    def _port(self, cluster: ClusterState, name: str) -> int:
        return self._ports.allocate(f"cluster:{cluster.key}:{name}")


def _prepare(cluster: ClusterState, layout: Layout, emulator_ca: str) -> Pki:
    make_private_folder(cluster.folder / "volumes")
    pki = Pki.load(cluster.folder)
    pki.issue_servers(["localhost", "127.0.0.1"])
    pki.issue_clients(None, None)
    control_plane.write_files(layout, cluster.spec, pki, emulator_ca)
    return pki


def _kwok(layout: Layout, port: int) -> list[str]:
    return [
        str(program("kwok")),
        f"--kubeconfig={layout.file('admin.kubeconfig')}",
        "--manage-all-nodes=true",
        f"--config={data_file('kwok', 'stage-fast.yaml')}",
        f"--server-address=127.0.0.1:{port}",
        "--node-lease-duration-seconds=40",
        "--cidr=10.244.0.0/16",
    ]

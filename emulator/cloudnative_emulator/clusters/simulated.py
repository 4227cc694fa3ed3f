"""The `simulated` back end: a real control plane and KWOK's nodes; no pod runs, everything else is real."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters import control_plane, ready, seeds, state
from cloudnative_emulator.clusters.control_plane import OWN_ISSUER, Layout
from cloudnative_emulator.clusters.fake_nodes import SimulatedBalancers, converge_nodes
from cloudnative_emulator.clusters.kube import KubeClient
from cloudnative_emulator.clusters.labels import node_count
from cloudnative_emulator.clusters.pki import Pki
from cloudnative_emulator.clusters.versions import kubernetes_versions
from cloudnative_emulator.clusters.volumes import Volumes
from cloudnative_emulator.daemon.supervisor import memory_mb
from cloudnative_emulator.identity.private_files import make_private_folder
from cloudnative_emulator.ports import ClusterInfo, ProcessSpec
from cloudnative_toolchain.programs import data_file, program

if TYPE_CHECKING:
    from pathlib import Path

    from cloudnative_emulator.clusters.control_plane import Command
    from cloudnative_emulator.clusters.state import ClusterState
    from cloudnative_emulator.daemon.supervisor import LocalSupervisor
    from cloudnative_emulator.identity.ca import CertificateAuthority
    from cloudnative_emulator.ports import ClusterSpec, Ports

_log = logging.getLogger(__name__)
_PORTS = ("api", "etcd", "etcd-peer", "controller-manager", "scheduler", "kwok")
_SECONDS = 120
_NODE_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


@dataclass
class _Live:
    cluster: ClusterState
    client: KubeClient
    info: ClusterInfo | None = None
    controllers: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])


class SimulatedBackend:
    """`ports.ClusterBackend` with simulated pods; needs no root."""

    name = "simulated"

    def __init__(
        self, home: Path, supervisor: LocalSupervisor, ca: CertificateAuthority, ports: Ports
    ) -> None:
        self._home, self._supervisor, self._ca, self._ports = home, supervisor, ca, ports
        self._live: dict[str, _Live] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def versions(self) -> list[str]:
        """The one version of the programs that are here."""
        return kubernetes_versions()

    def info(self, cluster_id: str, /) -> ClusterInfo | None:
        """How to reach the cluster while it runs, else None."""
        live = self._live.get(state.folder_of(self._home, cluster_id).name)
        return live.info if live else None

    async def create(self, spec: ClusterSpec) -> ClusterInfo:
        """Boot the cluster, or converge the running one to `spec`."""
        folder = state.folder_of(self._home, spec.id)
        async with self._lock(folder.name):
            live, wanted = self._live.get(folder.name), state.ClusterState(folder, spec)
            if live and live.info and not state.needs_restart(live.cluster.spec, spec):
                wanted.write()
                live.cluster = wanted
                await converge_nodes(live.client, spec)
                return live.info
            await self._halt(folder.name)
            wanted.write()
            return await self._boot(wanted)

    async def start(self, cluster_id: str, /) -> None:
        """Bring a stopped cluster back with its data."""
        kept = state.read(state.folder_of(self._home, cluster_id))
        if kept:
            await self.create(kept.spec)

    async def stop(self, cluster_id: str, /) -> None:
        """End its processes and keep its data."""
        folder = state.folder_of(self._home, cluster_id)
        async with self._lock(folder.name):
            await self._halt(folder.name)
            if kept := state.read(folder):
                kept.running = False
                kept.write()

    async def delete(self, cluster_id: str, /) -> None:
        """Remove processes, data and ports; quiet when it is not there."""
        folder = state.folder_of(self._home, cluster_id)
        async with self._lock(folder.name):
            await self._halt(folder.name)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            for name in _PORTS:
                self._ports.release(f"cluster:{folder.name}:{name}")

    async def forward(self, port: int) -> None:
        """Nothing to do: the programs are on the host's own loopback."""
        _ = port

    async def close(self) -> None:
        """End every cluster; they stay meant to run."""
        await asyncio.gather(*(self._halt(key) for key in list(self._live)))

    def rows(self) -> list[dict[str, Any]]:
        """Each cluster for `status`."""
        return [self._row(each) for each in state.read_all(self._home)]

    async def _boot(self, cluster: ClusterState) -> ClusterInfo:
        layout = self._layout(cluster)
        pki = await asyncio.to_thread(_prepare, cluster, layout, self._ca.pem)
        client = KubeClient(layout.server, pki.ca, *pki.certificate("admin"))
        live = self._live[cluster.key] = _Live(cluster, client)
        try:
            await self._start_processes(layout, live)
            live.info = await _describe(layout, cluster.spec, pki, client)
        except BaseException:
            await self._halt(cluster.key)
            raise
        return live.info

    async def _start_processes(self, layout: Layout, live: _Live) -> None:
        etcd, apiserver, *others = control_plane.commands(layout, live.cluster.spec)
        logs = layout.folder / "logs"
        wait = functools.partial(ready.wait_for, seconds=_SECONDS, logs=logs)
        await self._run(live.cluster, etcd)
        await wait("etcd", lambda: ready.is_listening(layout.etcd_port))
        await self._run(live.cluster, apiserver)
        await wait("the API server", lambda: ready.api_ready(live.client))
        # A KWOK that was killed holds its nodes for 40 s; there is never another one that could hold them.
        await live.client.call("DELETE", _NODE_LEASES)
        others.append(control_plane.Command("kwok", _kwok(layout, self._port(live.cluster, "kwok"))))
        await asyncio.gather(*(self._run(live.cluster, each) for each in others))
        await seeds.plant(live.client)
        await converge_nodes(live.client, live.cluster.spec)
        folder = layout.folder / "volumes"
        live.controllers = [
            asyncio.create_task(SimulatedBalancers(live.client).run()),
            *Volumes(live.client, folder, folder).start(),
        ]
        await wait("nodes", lambda: ready.nodes_ready(live.client, node_count(live.cluster.spec)))

    async def _run(self, cluster: ClusterState, command: Command) -> None:
        log = cluster.folder / "logs" / f"{command.name}.log"
        environment = {"PATH": os.defpath, "HOME": str(cluster.folder)}
        await self._supervisor.start(
            ProcessSpec(f"{cluster.key}/{command.name}", command.argv, environment, log)
        )

    async def _halt(self, key: str) -> None:
        live = self._live.pop(key, None)
        if live is None:
            return
        for task in live.controllers:
            task.cancel()
        await live.client.close()
        names = ("kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver")
        await asyncio.gather(*(self._supervisor.stop(f"{key}/{name}", timeout=1) for name in names))
        await self._supervisor.stop(f"{key}/etcd")

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

    def _row(self, cluster: ClusterState) -> dict[str, Any]:
        live = self._live.get(cluster.key)
        prefix = f"{cluster.key}/"
        return {
            "name": cluster.spec.name,
            "id": cluster.spec.id,
            "state": "running" if live and live.info else "starting" if live else "stopped",
            "nodes": f"{node_count(cluster.spec)} simulated nodes",
            "address": "",
            "server": self._layout(cluster).server,
            "processes": [],  # the supervisor's own list has them
            "memory_mb": sum(
                memory_mb(row["pid"] or 0)
                for row in self._supervisor.rows()
                if row["name"].startswith(prefix)
            ),
        }

    def _lock(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())


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


async def _describe(layout: Layout, spec: ClusterSpec, pki: Pki, client: KubeClient) -> ClusterInfo:
    version, keys = await client.call("GET", "/version"), await client.call("GET", "/openid/v1/jwks")
    return ClusterInfo(
        server=layout.server,
        ca_pem=pki.authority.pem,
        service_account_issuer=spec.service_account_issuer or OWN_ISSUER,
        version=str(version["gitVersion"]).removeprefix("v"),
        jwks=json.dumps(keys),
    )

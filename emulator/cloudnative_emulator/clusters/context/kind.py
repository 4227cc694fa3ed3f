"""The `context` back end: the one managed cluster of a home is the cluster of the pinned context."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters.context import claim, pinned
from cloudnative_emulator.clusters.context.connection import Connection, connect, connected
from cloudnative_emulator.clusters.context.copies import Copies
from cloudnative_emulator.clusters.context.front import Front
from cloudnative_emulator.clusters.context.gate import Gate
from cloudnative_emulator.clusters.context.removal import find, take_away
from cloudnative_emulator.clusters.labels import node_count
from cloudnative_emulator.ports import ClusterInfo
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudnative_emulator.clusters.context.pinned import Pinned
    from cloudnative_emulator.clusters.kube import KubeClient
    from cloudnative_emulator.clusters.state import ClusterState
    from cloudnative_emulator.daemon.supervisor import LocalSupervisor
    from cloudnative_emulator.identity.ca import CertificateAuthority
    from cloudnative_emulator.ports import Ports


@dataclass(eq=False)
class RunningContext:
    """A cluster of somebody else's, and our door to it."""

    cluster: ClusterState
    info: ClusterInfo
    connection: Connection
    front: Front


class ContextKind:
    """`life_cycle.Kind` on an existing cluster; needs no root, and no Linux."""

    name = "context"

    def __init__(
        self, home: Path, supervisor: LocalSupervisor, ca: CertificateAuthority, ports: Ports
    ) -> None:
        self._home, self._supervisor, self._ca, self._ports = home, supervisor, ca, ports
        self._pinned = _pinned(home)

    def versions(self) -> list[str]:
        """The version that the cluster had when it was named: there is no choice."""
        return [self._pinned.version]

    async def boot(self, cluster: ClusterState, lost: Callable[[RunningContext], None], /) -> RunningContext:
        """Connect, mark the cluster as taken, and open the door."""
        _ = lost  # the supervisor keeps the proxy up; the cluster itself is not ours to start
        self._take(cluster)
        connection = await connect(self._pinned, self._supervisor)
        try:
            await self._mark(connection.client, cluster.spec.id)
            front = await self._open(cluster, connection)
            return RunningContext(cluster, await self._info(cluster, connection.client), connection, front)
        except BaseException:
            await connection.close()
            raise

    async def converge(self, running: RunningContext, wanted: ClusterState, /) -> None:
        """Pools are the cluster's own matter; another kubelet identity pulls from now on."""
        if running.cluster.spec.kubelet_username != wanted.spec.kubelet_username:
            await running.front.close()
            running.front = await self._open(wanted, running.connection)

    async def halt(self, running: RunningContext, /) -> None:
        """Close the door; the cluster and what runs in it stay as they are."""
        await running.front.close()
        await running.connection.close()

    async def forget(self, cluster: ClusterState, running: RunningContext | None, /) -> None:
        """Take our objects out of the cluster, which must answer for that; then it is free again."""
        if self._pinned.owner().lower() != cluster.spec.id.lower():
            return
        if running:
            await take_away(running.connection.client)
        else:
            async with connected(self._pinned, self._supervisor) as connection:
                await take_away(connection.client)
        self._pinned.let_go()
        self._ports.release(_port_key(cluster))

    def row(self, cluster: ClusterState, running: RunningContext | None, /) -> dict[str, Any]:
        """Whose cluster it is, and where we answer for it."""
        return {
            "nodes": f"those of context {self._pinned.context} for {node_count(cluster.spec)}",
            "address": self._pinned.server,
            "server": running.info.server if running else "",
            "processes": [],  # the supervisor's own list has the proxy
        }

    def scraped(self, running: RunningContext, /) -> None:
        """Nothing: whoever runs the cluster measures it."""
        _ = running

    def _take(self, cluster: ClusterState) -> None:
        owner = self._pinned.owner()
        if owner and owner.lower() != cluster.spec.id.lower():
            name = owner.rsplit("/", 1)[-1]
            raise CloudnativeError(
                code="emulator.one-cluster",
                what=f"cluster {cluster.spec.name}",
                why=f"context {self._pinned.context} is one cluster, and that is {name}: use one region",
                fix="cloudnative emulator status",
                docs=pinned.DOCS,
                exit_code=ExitCode.RESOURCE,
            )
        self._pinned.take(cluster.spec.id)

    async def _mark(self, client: KubeClient, cluster_id: str) -> None:
        instance = (self._home / "emulator/instance").read_text().strip()
        context = self._pinned.context
        await claim.claim(client, instance=instance, cluster_id=cluster_id, context=context)
        await claim.plant_classes(client, instance)

    async def _open(self, cluster: ClusterState, connection: Connection) -> Front:
        spec, copies = cluster.spec, None
        if self._pinned.registry:
            copies = Copies(
                self._pinned.registry,
                username=spec.kubelet_username,
                password=spec.kubelet_password,
                ca_pem=self._ca.pem,
            )
        gate = Gate(spec, self._ca.pem)
        front = Front(connection.socket, gate, self._ports, copies, context=self._pinned.context)
        await front.listen(self._ports.allocate(_port_key(cluster)), self._ca.server_context("context"))
        return front

    async def _info(self, cluster: ClusterState, client: KubeClient) -> ClusterInfo:
        version = pinned.plain_version(str((await client.call("GET", "/version"))["gitVersion"]))
        self._pinned = replace(self._pinned, version=version)
        discovery = await find(client, "/.well-known/openid-configuration")
        keys = await find(client, "/openid/v1/jwks")
        return ClusterInfo(
            server=f"https://127.0.0.1:{self._ports.allocate(_port_key(cluster))}",
            ca_pem=self._ca.pem,
            service_account_issuer=str((discovery or {}).get("issuer", "")),
            version=version,
            jwks=json.dumps(keys) if keys else None,
        )


def _port_key(cluster: ClusterState) -> str:
    return f"cluster:{cluster.key}:context"


def _pinned(home: Path) -> Pinned:
    if found := pinned.read(home):
        return found
    raise pinned.no_context()

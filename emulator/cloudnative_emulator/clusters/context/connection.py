"""A connection to the cluster of a pinned context: `kubectl proxy`, which signs in as the context says."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudnative_emulator.clusters import ready
from cloudnative_emulator.clusters.context.kubectl import Kubectl
from cloudnative_emulator.clusters.context.removal import take_away
from cloudnative_emulator.clusters.kube import KubeClient
from cloudnative_emulator.daemon.sockets import make_socket_folder, socket_path
from cloudnative_emulator.daemon.supervisor import LocalSupervisor
from cloudnative_emulator.ports import ProcessSpec
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from cloudnative_emulator.clusters.context.pinned import Pinned

PROCESS = "kubectl-proxy"
_SECONDS = 20


@dataclass(frozen=True)
class Connection:
    """An open one; `close` it."""

    socket: Path
    client: KubeClient
    supervisor: LocalSupervisor

    async def close(self) -> None:
        """End the proxy."""
        await self.client.close()
        await self.supervisor.stop(PROCESS, timeout=2)
        self.socket.unlink(missing_ok=True)


async def connect(pinned: Pinned, supervisor: LocalSupervisor) -> Connection:
    """The connection, once the cluster has answered through it."""
    socket = socket_path(pinned.home, "context.sock")
    make_socket_folder(pinned.home, socket)
    log = pinned.home / "emulator/logs" / f"{PROCESS}.log"
    argv = Kubectl(pinned.kubeconfig).proxy(socket)
    await supervisor.start(ProcessSpec(PROCESS, argv, dict(os.environ), log))
    connection = Connection(socket, KubeClient.at_socket(socket), supervisor)
    try:
        await ready.wait_for(
            f"context {pinned.context}",
            lambda: _answers(connection.client),
            seconds=_SECONDS,
            logs=log.parent,
        )
    except CloudnativeError as error:
        await connection.close()
        raise CloudnativeError(
            code="emulator.context-unreachable",
            what=f"the cluster of context {pinned.context} ({pinned.server})",
            why=error.why,
            fix=f"cloudnative emulator logs {PROCESS}",
            exit_code=ExitCode.RESOURCE,
        ) from error
    except BaseException:
        await connection.close()
        raise
    return connection


@asynccontextmanager
async def connected(pinned: Pinned, supervisor: LocalSupervisor) -> AsyncGenerator[Connection]:
    """A connection for a moment."""
    connection = await connect(pinned, supervisor)
    try:
        yield connection
    finally:
        await connection.close()


async def clean(pinned: Pinned) -> None:
    """Take everything of ours out of the cluster, without a daemon."""
    async with connected(pinned, LocalSupervisor()) as connection:
        await take_away(connection.client)


async def _answers(client: KubeClient) -> bool:
    return "gitVersion" in await client.call("GET", "/version")

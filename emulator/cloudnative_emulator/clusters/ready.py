"""Bounded waits for a cluster's parts."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING

import aiohttp

from cloudnative_emulator.clusters import watches
from cloudnative_emulator.clusters.kube import KubeError
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from cloudnative_emulator.clusters.kube import KubeClient, Object


async def wait_for(
    what: str, check: Callable[[], Awaitable[bool]], *, seconds: float, logs: Path, step: float = 0.03
) -> None:
    """Return once `check` is true; emulator.not-ready says for what, how long, and where to look."""
    deadline = time.monotonic() + seconds
    why = ""
    while time.monotonic() < deadline:
        try:
            if await check():
                return
        except (aiohttp.ClientError, TimeoutError, KubeError) as error:
            why = str(error)
        await asyncio.sleep(step)
    if short := await asyncio.to_thread(watches.shortage, 1):
        raise short
    raise CloudnativeError(
        code="emulator.not-ready",
        what=f"{what} was not ready within {seconds:g} s",
        why=why or "it answered, but not with `ready`",
        fix=f"tail -n 50 {logs}/*.log",
        exit_code=ExitCode.TIMEOUT,
    )


async def is_listening(port: int) -> bool:
    """Whether something on this host's loopback accepts connections."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def api_ready(client: KubeClient) -> bool:
    """Whether the API server says so itself."""
    return (await client.call("GET", "/readyz")).get("text") == "ok"


async def nodes_ready(client: KubeClient, wanted: int, *, since: datetime | None = None) -> bool:
    """Whether that many nodes are Ready, and have said so `since` then: a restart finds old words."""
    nodes: list[Object] = (await client.call("GET", "/api/v1/nodes"))["items"]
    return sum(_is_ready(node, since) for node in nodes) >= wanted


def _is_ready(node: Object, since: datetime | None) -> bool:
    """Ready by its own word, and open: the scheduler waits for the controller that takes the taint away."""
    taints: list[Object] = node["spec"].get("taints", [])
    if any(each["key"].startswith("node.kubernetes.io/") for each in taints):
        return False
    conditions: list[Object] = node["status"].get("conditions", [])
    return any(
        each["type"] == "Ready"
        and each["status"] == "True"
        and (since is None or datetime.fromisoformat(each["lastHeartbeatTime"]) >= since)
        for each in conditions
    )

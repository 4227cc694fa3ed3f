"""Nodes and load balancers of a simulated cluster."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aiohttp

from cloudnative_emulator.clusters.kube import KubeError
from cloudnative_emulator.clusters.labels import node_name, pool_labels

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.kube import KubeClient, Object
    from cloudnative_emulator.ports import ClusterSpec, PoolSpec

_log = logging.getLogger(__name__)
# RFC 2606: can never be resolved, so nobody takes a simulated Service for one that answers
NO_ADDRESS = "pods-are-simulated.invalid"
_NOWHERE = [{"hostname": NO_ADDRESS}]
_CAPACITY = {"cpu": "4", "memory": "16Gi", "pods": "250", "ephemeral-storage": "128Gi"}
_MARK = {"kwok.x-k8s.io/node": "fake"}


async def converge_nodes(client: KubeClient, spec: ClusterSpec) -> None:
    """As many nodes as the pools ask for, with their labels and taints; the others go."""
    wanted = {
        node_name(spec.id, pool.name, number): node(spec, pool, number)
        for pool in spec.pools
        for number in range(pool.count)
    }
    there = {each["metadata"]["name"] for each in (await client.call("GET", "/api/v1/nodes"))["items"]}
    await asyncio.gather(
        *(client.apply(f"/api/v1/nodes/{name}", body) for name, body in wanted.items()),
        *(client.call("DELETE", f"/api/v1/nodes/{name}") for name in there - set(wanted)),
    )
    await asyncio.gather(
        *(
            client.patch(
                f"/api/v1/nodes/{name}/status", {"status": {"capacity": _CAPACITY, "allocatable": _CAPACITY}}
            )
            for name in set(wanted) - there
        )
    )


def node(spec: ClusterSpec, pool: PoolSpec, number: int) -> Object:
    """One node of a pool."""
    name = node_name(spec.id, pool.name, number)
    system = "windows" if pool.os_type == "Windows" else "linux"
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": system, "kubernetes.io/arch": "amd64"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": _MARK, "labels": labels | pool_labels(spec, pool, number)},
        "spec": {"taints": [taint(text) for text in pool.taints]},
    }


def taint(text: str) -> dict[str, Any]:
    """`key=value:Effect` or `key:Effect`, as AKS takes them."""
    rest, _, effect = text.rpartition(":")
    key, _, value = rest.partition("=")
    return {"key": key, "value": value, "effect": effect} if value else {"key": key, "effect": effect}


def seems_to_answer(service: Mapping[str, Any]) -> bool:
    """Whether a LoadBalancer Service waits for an address, or has that of a real node that ran before."""
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress")
    return service["spec"].get("type") == "LoadBalancer" and ingress != _NOWHERE


class SimulatedBalancers:
    """Gives LoadBalancer Services a name that says that nothing answers there."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    async def run(self) -> None:
        """Serve until cancelled."""
        status = {"status": {"loadBalancer": {"ingress": _NOWHERE}}}
        async for change, service in self._client.watch("/api/v1/services"):
            meta = service["metadata"]
            if change == "DELETED" or not seems_to_answer(service):
                continue
            try:
                path = f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}/status"
                await self._client.patch(path, status)
            except (KubeError, aiohttp.ClientError, TimeoutError) as error:
                _log.warning("service %s: %s", meta["name"], error)

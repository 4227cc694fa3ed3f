"""Gives Services of type LoadBalancer an address of the node, as Azure's load balancer would."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

import aiohttp

from cloudnative_emulator.clusters.kube import KubeError

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.kube import KubeClient, Object

_log = logging.getLogger(__name__)
Ports = set[tuple[str, int]]


class LoadBalancers:
    """A controller over all Services of one cluster; kube-proxy does the rest once the address is written."""

    def __init__(self, client: KubeClient, addresses: list[str]) -> None:
        self._client, self._addresses = client, addresses
        self._given: dict[str, tuple[str, Ports]] = {}  # uid -> address, ports
        self._pending: dict[str, Object] = {}

    async def run(self) -> None:
        """Serve until cancelled."""
        async for change, service in self._client.watch("/api/v1/services"):
            try:
                await self._handle(change, service)
            except (KubeError, aiohttp.ClientError, TimeoutError) as error:
                _log.warning("service %s: %s", service["metadata"]["name"], error)

    async def _handle(self, change: str, service: Object) -> None:
        uid = service["metadata"]["uid"]
        if change == "DELETED" or service["spec"].get("type") != "LoadBalancer":
            self._pending.pop(uid, None)
            if self._given.pop(uid, None):
                for waiting in list(self._pending.values()):
                    await self._give(waiting)
            return
        await self._give(service)

    async def _give(self, service: Object) -> None:
        uid, ports = service["metadata"]["uid"], ports_of(service)
        current = address_of(service)
        taken = {key: value for key, value in self._given.items() if key != uid}
        address = choose(self._addresses, ports, list(taken.values()), current)
        if address is None:
            if uid not in self._pending:
                self._pending[uid] = service
                await self._report(service, ports)
            return
        self._pending.pop(uid, None)
        self._given[uid] = (address, ports)
        if address != current:
            await self._write(service, address)

    async def _write(self, service: Object, address: str) -> None:
        meta = service["metadata"]
        path = f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}/status"
        await self._client.patch(path, {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}})

    async def _report(self, service: Object, ports: Ports) -> None:
        shown = ", ".join(f"{port}/{protocol}" for protocol, port in sorted(ports))
        message = (
            f"port in use: every address of this node already has a Service with one of the ports {shown}"
        )
        await self._client.event(service, reason="PortInUse", message=message)


def choose(
    addresses: list[str], ports: Ports, given: list[tuple[str, Ports]], current: str | None
) -> str | None:
    """The address for a Service with `ports`: its own one again, else an unused one, else one to share."""
    used: dict[str, Ports] = {address: set() for address in addresses}
    for address, others in given:
        if address in used:
            used[address] |= others
    if current in used and not used[current] & ports:
        return current
    free = sorted(
        (len(used[address]), addresses.index(address)) for address in used if not used[address] & ports
    )
    return addresses[free[0][1]] if free else None


def ports_of(service: Object) -> Ports:
    """Protocol and port of everything the Service listens on."""
    listed = cast("list[Object]", service["spec"].get("ports", []))
    return {(each.get("protocol", "TCP"), int(each["port"])) for each in listed}


def address_of(service: Object) -> str | None:
    """The address its status names."""
    ingress: list[Object] = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return ingress[0].get("ip") if ingress else None

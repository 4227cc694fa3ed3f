"""A region's own network: nodes in a subnet that leaves through a NAT gateway (AKS-13, AKS-15)."""

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import pulumi
from pulumi_azure_native import network

from ..azure.naming import NETWORK

_NODES, _ENDPOINTS = "nodes", "endpoints"
_ENDPOINTS_LENGTH = 26  # 59 addresses: a registry's endpoint takes one, and one more for each of its regions


@dataclass(frozen=True)
class Network:
    """Ids of a network and of its subnets."""

    id: pulumi.Output[str]

    @property
    def nodes(self) -> pulumi.Output[str]:
        """The subnet for the nodes."""
        return self.id.apply(lambda known: f"{known}/subnets/{_NODES}")

    @property
    def endpoints(self) -> pulumi.Output[str]:
        """The subnet for private endpoints."""
        return self.id.apply(lambda known: f"{known}/subnets/{_ENDPOINTS}")


def node_addresses(cidr: str) -> str:
    """The half of the network that nodes get; the rest is for what comes later."""
    return str(next(ip_network(cidr).subnets(prefixlen_diff=1)))


def endpoint_addresses(cidr: str) -> str:
    """The first addresses of the other half: private endpoints'."""
    _, rest = ip_network(cidr).subnets(prefixlen_diff=1)
    return str(next(rest.subnets(new_prefix=_ENDPOINTS_LENGTH)))


def make_network(
    name: str,
    cluster_name: str,
    *,
    location: str,
    group: pulumi.Input[str],
    cidr: str,
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> Network:
    """The network; subnets are inline, since one network takes one write at a time.

    The subnet for endpoints is there without any: it costs nothing, and it could not go in the run that takes
    the last one away, since deletes come after updates.
    """
    placed: dict[str, Any] = {"resource_group_name": group, "location": location, "tags": tags, "opts": opts}
    address = network.PublicIPAddress(
        f"{name}-egress-address",
        public_ip_address_name=NETWORK.check(f"pip-{cluster_name}-egress", "cluster_name"),
        sku={"name": "Standard"},
        public_ip_allocation_method="Static",
        **placed,
    )
    gateway = network.NatGateway(
        f"{name}-egress",
        nat_gateway_name=NETWORK.check(f"ng-{cluster_name}", "cluster_name"),
        sku={"name": "Standard"},
        public_ip_addresses=[{"id": address.id}],
        **placed,
    )
    nodes: dict[str, Any] = {
        "name": _NODES,
        "address_prefix": node_addresses(cidr),
        "nat_gateway": {"id": gateway.id},
        "default_outbound_access": False,
    }
    reached: dict[str, Any] = {
        "name": _ENDPOINTS,
        "address_prefix": endpoint_addresses(cidr),
        "default_outbound_access": False,
    }
    made = network.VirtualNetwork(
        f"{name}-network",
        virtual_network_name=NETWORK.check(f"vnet-{cluster_name}", "cluster_name"),
        address_space={"address_prefixes": [cidr]},
        subnets=[nodes, reached],  # pyright: ignore[reportArgumentType] - a dict by the names of SubnetArgs
        **placed,
    )
    return Network(made.id)

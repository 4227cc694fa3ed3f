"""A region's own network: nodes in a subnet that leaves through a NAT gateway (AKS-13, AKS-15)."""

from ipaddress import ip_network
from typing import Any

import pulumi
from pulumi_azure_native import network

from .naming import NETWORK

_NODES = "nodes"


def node_addresses(cidr: str) -> str:
    """The half of the network that nodes get; the rest is for what comes later."""
    return str(next(ip_network(cidr).subnets(prefixlen_diff=1)))


def make_network(
    name: str,
    cluster_name: str,
    *,
    location: str,
    group: pulumi.Input[str],
    cidr: str,
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The id of the subnet for the nodes; subnets are inline, since one network takes one write at a time."""
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
    made = network.VirtualNetwork(
        f"{name}-network",
        virtual_network_name=NETWORK.check(f"vnet-{cluster_name}", "cluster_name"),
        address_space={"address_prefixes": [cidr]},
        subnets=[nodes],  # pyright: ignore[reportArgumentType] - a dict by the names of SubnetArgs
        **placed,
    )
    return made.id.apply(lambda known: f"{known}/subnets/{_NODES}")

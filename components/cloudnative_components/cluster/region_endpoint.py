"""A registry's private endpoint in a region's own network, and the names that lead to it there (ACR-04).

Each region has a DNS zone of its own: two endpoints of one registry would overwrite one another's addresses
in a shared one, and a region shares no lifetime with the others (REG-01).
"""

from typing import Any

import pulumi
from pulumi_azure_native import network, privatedns

from ..azure.naming import NETWORK
from ..monitoring.region_monitoring import Place
from .region_network import Network

ZONE = "privatelink.azurecr.io"
_GROUP_ID = "registry"


def make_registry_endpoint(place: Place, registry: pulumi.Input[str], own: Network) -> None:
    """Endpoint, zone, the zone's link to the network, and the group that keeps the zone's addresses."""
    opts = pulumi.ResourceOptions(parent=place.parent)
    name = f"{place.name}-registry"
    short = f"pe-{place.cluster_name}-registry"
    connection: dict[str, Any] = {
        "name": _GROUP_ID,
        "private_link_service_id": registry,
        "group_ids": [_GROUP_ID],
    }
    endpoint = network.PrivateEndpoint(
        f"{name}-endpoint",
        private_endpoint_name=NETWORK.check(short, "cluster_name"),
        subnet={"id": own.endpoints},
        private_link_service_connections=[connection],  # pyright: ignore[reportArgumentType] - by the names of the Args
        **place.common,
    )
    zone = privatedns.PrivateZone(
        f"{name}-zone",
        private_zone_name=ZONE,
        resource_group_name=place.group,
        location="Global",
        tags=place.tags,
        opts=opts,
    )
    link = privatedns.VirtualNetworkLink(
        f"{name}-zone-link",
        virtual_network_link_name=NETWORK.check(f"vnet-{place.cluster_name}", "cluster_name"),
        private_zone_name=zone.name,
        resource_group_name=place.group,
        location="Global",
        registration_enabled=False,
        virtual_network={"id": own.id},
        tags=place.tags,
        opts=opts,
    )
    config: dict[str, Any] = {"name": _GROUP_ID, "private_dns_zone_id": zone.id}
    network.PrivateDnsZoneGroup(
        f"{name}-zone-group",
        private_dns_zone_group_name="default",
        private_endpoint_name=endpoint.name,
        resource_group_name=place.group,
        private_dns_zone_configs=[config],  # pyright: ignore[reportArgumentType] - by the names of the Args
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[link])),
    )

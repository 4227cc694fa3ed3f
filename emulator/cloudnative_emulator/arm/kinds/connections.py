"""Which private endpoints lead to a resource, read from the endpoints themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.kinds.parts import part, parts

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body

ENDPOINTS = "Microsoft.Network/privateEndpoints"
APPROVED = {"status": "Approved", "description": "Auto-Approved", "actionsRequired": "None"}


def connections_of(cloud: Cloud, resource: Body) -> list[dict[str, Any]]:
    """The private endpoints of a resource, as it shows them itself."""
    return [
        {
            "id": f"{resource['id']}/privateEndpointConnections/{endpoint['name']}",
            "name": endpoint["name"],
            "type": f"{resource['type']}/privateEndpointConnections",
            "properties": {
                "privateEndpoint": {"id": endpoint["id"]},
                "privateLinkServiceConnectionState": APPROVED,
                "provisioningState": "Succeeded",
            },
        }
        for endpoint in cloud.store.of_type(ENDPOINTS)
        if ids.key(_target(endpoint)) == ids.key(resource["id"])
    ]


def _target(endpoint: Body) -> str:
    connections = parts(endpoint, "properties", "privateLinkServiceConnections")
    return str(part(connections[0] if connections else {}, "properties").get("privateLinkServiceId", "-"))

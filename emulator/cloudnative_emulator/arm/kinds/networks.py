"""Virtual networks, NAT gateways and public addresses: documents that refer to one another, no more."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds.connections import ENDPOINTS
from cloudnative_emulator.arm.kinds.kind import Call, Kind
from cloudnative_emulator.arm.kinds.parts import part, parts

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body

NETWORKS = "Microsoft.Network/virtualNetworks"
SUBNETS = f"{NETWORKS}/subnets"
GATEWAYS = "Microsoft.Network/natGateways"
ADDRESSES = "Microsoft.Network/publicIPAddresses"
_POOLS = "Microsoft.ContainerService/managedClusters/agentPools"


class VirtualNetwork(Kind):
    """A network; subnets sent with it become documents of their own, as on Azure."""

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add resourceGuid; keep the subnets beside it; 400 for one that is left out but in use."""
        properties = dict(part(body, "properties"))
        inline = parts(properties, "subnets")
        properties.pop("subnets", None)
        kept = {subnet["name"].lower() for subnet in inline}
        for subnet in subnets_of(call.cloud, call.target.id) if old else []:
            if subnet["name"].lower() not in kept:
                _check_free(call.cloud, subnet)
                call.cloud.store.delete(subnet["id"])
        for subnet in inline:
            _store_subnet(call, subnet)
        known = part(old, "properties").get("resourceGuid", str(uuid.uuid4()))
        return {**body, "properties": {"enableDdosProtection": False, **properties, "resourceGuid": known}}

    def view(self, cloud: Cloud, body: Body) -> Body:
        """Put the subnets back."""
        subnets = [
            {name: subnet[name] for name in ("id", "name", "type", "properties")}
            for subnet in subnets_of(cloud, body["id"])
        ]
        return {**body, "properties": {**body["properties"], "subnets": subnets}}

    def check_delete(self, cloud: Cloud, body: Body) -> None:
        """400 while something lies in one of its subnets."""
        for subnet in subnets_of(cloud, body["id"]):
            _check_free(cloud, subnet)


class Subnet(Kind):
    """A part of a network."""

    tracked = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """400 for a gateway that is not there."""
        _ = old
        _check_gateway(call.cloud, part(body, "properties"))
        return body

    def check_delete(self, cloud: Cloud, body: Body) -> None:
        """400 while a cluster's nodes lie in it."""
        _check_free(cloud, body)


class NatGateway(Kind):
    """A way out, with its public addresses."""

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add resourceGuid; 400 for addresses that are not there."""
        properties = part(body, "properties")
        for address in parts(properties, "publicIpAddresses"):
            if not call.cloud.store.get(address["id"]):
                raise _not_found(address["id"])
        known = part(old, "properties").get("resourceGuid", str(uuid.uuid4()))
        return {**body, "properties": {"idleTimeoutInMinutes": 4, **properties, "resourceGuid": known}}

    def view(self, cloud: Cloud, body: Body) -> Body:
        """Say which subnets leave through it."""
        return {**body, "properties": {**body["properties"], "subnets": _leaving_through(cloud, body["id"])}}

    def check_delete(self, cloud: Cloud, body: Body) -> None:
        """400 while a subnet leaves through it."""
        if _leaving_through(cloud, body["id"]):
            text = f"Nat Gateway {body['name']} is in use and cannot be deleted."
            raise ArmError(400, "InUseNatGatewayCannotBeDeleted", text)


class PublicAddress(Kind):
    """An address for documentation (RFC 5737), always the same for the same resource: it leads nowhere."""

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add the address and resourceGuid."""
        last = int(hashlib.sha256(ids.key(call.target.id).encode()).hexdigest()[:4], 16) % 254 + 1
        known = part(old, "properties").get("resourceGuid", str(uuid.uuid4()))
        defaults = {
            "publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4", "idleTimeoutInMinutes": 4,
        }  # fmt: skip
        computed = {"ipAddress": f"203.0.113.{last}", "resourceGuid": known}
        sku = {"name": "Standard", "tier": "Regional", **part(body, "sku")}
        return {
            **body,
            "sku": sku,
            "properties": {**defaults, **part(body, "properties"), **computed},
        }

    def check_delete(self, cloud: Cloud, body: Body) -> None:
        """400 while a gateway has it."""
        for gateway in cloud.store.of_type(GATEWAYS):
            used = parts(gateway, "properties", "publicIpAddresses")
            if any(ids.key(one["id"]) == ids.key(body["id"]) for one in used):
                text = (
                    f"Public IP address {body['id']} can not be deleted since it is still allocated to "
                    f"resource {gateway['id']}."
                )
                raise ArmError(400, "PublicIPAddressCannotBeDeleted", text)


def subnets_of(cloud: Cloud, network_id: str) -> list[Body]:
    """The documents of a network's subnets."""
    return cloud.store.under(network_id, SUBNETS)


def _store_subnet(call: Call, sent: dict[str, Any]) -> None:
    properties = part(sent, "properties")
    _check_gateway(call.cloud, properties)
    subnet_id = f"{call.target.id}/subnets/{sent['name']}"
    call.cloud.store.put({
        "id": subnet_id, "name": sent["name"], "type": SUBNETS,
        "properties": {**properties, "provisioningState": "Succeeded"},
    })  # fmt: skip


def _check_gateway(cloud: Cloud, properties: dict[str, Any]) -> None:
    gateway = part(properties, "natGateway")
    if gateway and not cloud.store.get(gateway["id"]):
        raise _not_found(gateway["id"])


def _check_free(cloud: Cloud, subnet: Body) -> None:
    pools = [(pool["id"], pool["properties"].get("vnetSubnetID")) for pool in cloud.store.of_type(_POOLS)]
    linked = cloud.store.of_type(ENDPOINTS)
    endpoints = [(one["id"], part(one, "properties", "subnet").get("id")) for one in linked]
    for user, used in [*pools, *endpoints]:
        if ids.key(used or "-") == ids.key(subnet["id"]):
            text = f"Subnet {subnet['name']} is in use by {user} and cannot be deleted."
            raise ArmError(400, "InUseSubnetCannotBeDeleted", text)


def _leaving_through(cloud: Cloud, gateway_id: str) -> list[dict[str, str]]:
    return [
        {"id": subnet["id"]}
        for subnet in cloud.store.of_type(SUBNETS)
        if ids.key(part(subnet, "properties", "natGateway").get("id", "-")) == ids.key(gateway_id)
    ]


def _not_found(resource_id: str) -> ArmError:
    return ArmError(404, "NotFound", f"Resource {resource_id} not found.")

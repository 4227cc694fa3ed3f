"""Private endpoints and private DNS: documents that refer to one another; nobody is kept out by them."""

from __future__ import annotations

import uuid
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds.connections import APPROVED, ENDPOINTS
from cloudnative_emulator.arm.kinds.kind import Call, Kind
from cloudnative_emulator.arm.kinds.parts import part, parts
from cloudnative_emulator.arm.kinds.registries import REGISTRIES

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body

ZONES = "Microsoft.Network/privateDnsZones"
LINKS = f"{ZONES}/virtualNetworkLinks"
GROUPS = f"{ENDPOINTS}/privateDnsZoneGroups"
_REPLICATIONS = f"{REGISTRIES}/replications"
_RESERVED = 4  # the first addresses of a subnet are Azure's


class PrivateEndpoint(Kind):
    """An address in a subnet that leads to a Premium registry."""

    slow_put = True
    slow_delete = True

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Check subnet and registry; approve the connection, add the addresses that Azure would give."""
        properties = part(body, "properties")
        subnet = call.cloud.store.get(part(properties, "subnet").get("id", "-"))
        if not subnet:
            raise _dangling(call.target.id, part(properties, "subnet").get("id", ""))
        connections = [
            {**one, "properties": _connected(call, part(one, "properties"))}
            for one in parts(properties, "privateLinkServiceConnections")
        ]
        registry = call.cloud.store.get(connections[0]["properties"]["privateLinkServiceId"]) or {}
        known = part(old, "properties")
        computed = {
            "resourceGuid": known.get("resourceGuid", str(uuid.uuid4())),
            "privateLinkServiceConnections": connections,
            "customDnsConfigs": _addresses(call, subnet, registry),
        }
        return {**body, "properties": {**properties, **computed}}


class ZoneGroup(Kind):
    """Keeps the addresses of an endpoint in private zones."""

    tracked = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """400 for a zone that is not there."""
        _ = old
        for zone in _zones(body):
            if not call.cloud.store.get(zone):
                raise _dangling(call.target.id, zone)
        return body


class DnsZone(Kind):
    """A private zone, which counts what is in it."""

    def view(self, cloud: Cloud, body: Body) -> Body:
        """Add the counters; the one record that every zone has is its SOA."""
        links = cloud.store.under(body["id"], LINKS)
        counted = {
            "numberOfRecordSets": 1 + len(_names(cloud, body["id"])),
            "numberOfVirtualNetworkLinks": len(links),
            "numberOfVirtualNetworkLinksWithRegistration": len(
                [one for one in links if part(one, "properties").get("registrationEnabled")]
            ),
        }
        return {**body, "properties": {**part(body, "properties"), **counted}}

    def check_delete(self, cloud: Cloud, body: Body) -> None:
        """409 while a network is linked."""
        if cloud.store.under(body["id"], LINKS):
            text = "Can not delete resource before nested resources are deleted."
            raise ArmError(409, "CannotDeleteResource", text)


class ZoneLink(Kind):
    """Makes a zone known in a network."""

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """400 for a network that is not there, or that knows a zone of that name already."""
        network = part(body, "properties", "virtualNetwork").get("id", "")
        if not call.cloud.store.get(network or "-"):
            raise _dangling(call.target.id, network)
        zone = call.target.owner.name
        for other in call.cloud.store.of_type(LINKS):
            linked = part(other, "properties", "virtualNetwork").get("id", "")
            same = ids.parse(other["id"]).owner.name.lower() == zone.lower()
            if (
                same
                and ids.key(linked) == ids.key(network)
                and ids.key(other["id"]) != ids.key(call.target.id)
            ):
                text = (
                    "A virtual network cannot be linked to multiple zones with overlapping namespaces. You "
                    f"tried to link virtual network with '{zone}' and '{zone}' zones."
                )
                raise ArmError(400, "BadRequest", text)
        state = {"registrationEnabled": False, "virtualNetworkLinkState": "Completed"}
        _ = old
        return {**body, "properties": {**state, **part(body, "properties")}}


def _connected(call: Call, sent: dict[str, Any]) -> dict[str, Any]:
    target = str(sent.get("privateLinkServiceId", ""))
    registry = call.cloud.store.get(target or "-")
    if not registry:
        raise _dangling(call.target.id, target)
    if registry["type"].lower() == REGISTRIES.lower():
        if registry["sku"]["name"] != "Premium":
            text = f"Private endpoint connections are not supported for the SKU '{registry['sku']['name']}'."
            raise ArmError(400, "UnsupportedSkuForPrivateEndpoint", text)
        if sent.get("groupIds") != ["registry"]:
            text = f"The group ids {sent.get('groupIds')} are not valid: a registry has 'registry' alone."
            raise ArmError(400, "InvalidGroupId", text)
    return {**sent, "privateLinkServiceConnectionState": APPROVED, "provisioningState": "Succeeded"}


def _addresses(call: Call, subnet: Body, registry: Body) -> list[dict[str, Any]]:
    """One for the registry and one for each region that it has data in: the first that are free."""
    name = registry.get("name", "")
    replicas = [one["location"] for one in call.cloud.store.under(registry.get("id", "-"), _REPLICATIONS)]
    regions = [str(registry.get("location", "")), *replicas]
    wanted = [f"{name}.azurecr.io", *(f"{name}.{region}.data.azurecr.io" for region in regions)]
    others = [
        address
        for endpoint in call.cloud.store.of_type(ENDPOINTS)
        if ids.key(endpoint["id"]) != ids.key(call.target.id)
        if ids.key(part(endpoint, "properties", "subnet").get("id", "-")) == ids.key(subnet["id"])
        for config in parts(endpoint, "properties", "customDnsConfigs")
        for address in config["ipAddresses"]
    ]
    free = (
        str(address)
        for number, address in enumerate(ip_network(part(subnet, "properties")["addressPrefix"]))
        if number >= _RESERVED and str(address) not in others
    )
    return [{"fqdn": fqdn, "ipAddresses": [address]} for fqdn, address in zip(wanted, free, strict=False)]


def _zones(group: Body) -> list[str]:
    configs = parts(group, "properties", "privateDnsZoneConfigs")
    return [str(part(one, "properties").get("privateDnsZoneId", "-")) for one in configs]


def _names(cloud: Cloud, zone_id: str) -> list[str]:
    """Of the endpoints whose groups keep their addresses in this zone."""
    owners = [
        ids.parse(group["id"]).owner.id
        for group in cloud.store.of_type(GROUPS)
        if ids.key(zone_id) in map(ids.key, _zones(group))
    ]
    endpoints = [found for owner in owners if (found := cloud.store.get(owner))]
    configs = [one for endpoint in endpoints for one in parts(endpoint, "properties", "customDnsConfigs")]
    return [str(one["fqdn"]) for one in configs]


def _dangling(resource_id: str, reference: str) -> ArmError:
    text = f"Resource {reference} referenced by resource {resource_id} was not found."
    return ArmError(400, "InvalidResourceReference", text)

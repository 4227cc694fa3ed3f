"""Microsoft.ContainerRegistry/registries: ARM's view of the real registries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds import identities
from cloudnative_emulator.arm.kinds.connections import connections_of
from cloudnative_emulator.arm.kinds.kind import Call, Kind, Later
from cloudnative_emulator.arm.operations import now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body

REGISTRIES = "Microsoft.ContainerRegistry/registries"
_NAME = re.compile(r"[a-zA-Z0-9]{5,50}")
_PREMIUM_ONLY = ("networkRuleSet", "dataEndpointEnabled", "encryption", "publicNetworkAccess")
_DEFAULTS: dict[str, Any] = {
    "adminUserEnabled": False, "anonymousPullEnabled": False, "dataEndpointEnabled": False,
    "dataEndpointHostNames": [], "encryption": {"status": "disabled"},
    "publicNetworkAccess": "Enabled", "networkRuleBypassOptions": "AzureServices",
    "zoneRedundancy": "Disabled",
}  # fmt: skip
_POLICIES: dict[str, Any] = {
    "quarantinePolicy": {"status": "disabled"},
    "trustPolicy": {"type": "Notary", "status": "disabled"},
    "retentionPolicy": {"days": 7, "status": "disabled"},
    "exportPolicy": {"status": "enabled"},
    "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
}


class Registry(Kind):
    """A real OCI registry at its `loginServer`."""

    slow_put = True
    slow_delete = True

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Check name and SKU; add loginServer, creationDate and the defaults of Azure."""
        sent: dict[str, Any] = body.get("properties") or {}
        if not old:
            available = name_availability(call.cloud, call.target.name)
            if not available["nameAvailable"]:
                raise ArmError(409, available["reason"], available["message"])
        _check_sku(body["sku"]["name"], sent)
        created = (old or {}).get("properties", {}).get("creationDate", now())
        computed = {
            "loginServer": call.cloud.registries.login_server(call.target.id),
            "creationDate": created,
        }
        policies: dict[str, Any] = {**_POLICIES, **(sent.get("policies") or {})}
        sku = {**body["sku"], "tier": body["sku"]["name"]}
        identity = identities.resolve(call.cloud, body.get("identity"), old)
        shaped: Body = {
            **body,
            "sku": sku,
            "properties": {**_DEFAULTS, **sent, "policies": policies, **computed},
        }
        return {**shaped, "identity": identity} if identity else shaped

    def view(self, cloud: Cloud, body: Body) -> Body:
        """Add the private endpoints that lead to it."""
        connections = connections_of(cloud, body)
        return {**body, "properties": {**body["properties"], "privateEndpointConnections": connections}}

    async def make(self, cloud: Cloud, body: Body) -> None:
        """Start the registry's process."""
        await cloud.registries.start(body)

    async def remove(self, cloud: Cloud, body: Body) -> None:
        """Stop the process and delete what was pushed."""
        await cloud.registries.remove(body)

    def actions(self) -> Mapping[str, Callable[[Call, Body], Awaitable[Body | Later]]]:
        """listCredentials and listUsages."""
        return {"listcredentials": _list_credentials, "listusages": _list_usages}


class Replication(Kind):
    """A region that the registry is replicated to: on this machine, one store serves them all."""

    slow_put = True
    slow_delete = True

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Only Premium registries replicate, and never to their home region."""
        _ = old
        registry = call.cloud.store.get(call.target.owner.id) or {}
        if registry["sku"]["name"] != "Premium":
            text = f"The SKU '{registry['sku']['name']}' of the registry does not support replications."
            raise ArmError(409, "UnsupportedSkuForReplication", text)
        if registry["location"] == body["location"]:
            text = f"The replication '{call.target.name}' is in the registry's home region."
            raise ArmError(409, "ReplicationInHomeRegion", text)
        status = {"displayStatus": "Ready", "timestamp": now()}
        defaults = {"regionEndpointEnabled": True, "zoneRedundancy": "Disabled"}
        return {**body, "properties": {**defaults, **(body.get("properties") or {}), "status": status}}


def name_availability(cloud: Cloud, name: str) -> dict[str, Any]:
    """Azure's answer to checkNameAvailability: names are unique over all groups."""
    if not _NAME.fullmatch(name):
        text = "Registry names may contain alpha numeric characters only and must have 5 to 50 characters."
        return {"nameAvailable": False, "reason": "Invalid", "message": text}
    if any(other["name"].lower() == name.lower() for other in cloud.store.of_type(REGISTRIES)):
        text = f"The registry {name} is already in use."
        return {"nameAvailable": False, "reason": "AlreadyExists", "message": text}
    return {"nameAvailable": True}


def admin_password(cloud: Cloud, registry_id: str, number: int) -> str:
    """One of the two passwords of a registry's admin user."""
    return cloud.account.kubelet_password(f"admin{number}:{ids.key(registry_id)}")


def _check_sku(sku: str, sent: dict[str, Any]) -> None:
    for name in _PREMIUM_ONLY:
        if sku != "Premium" and sent.get(name) not in (None, _DEFAULTS.get(name)):
            text = f"The property '{name}' is not supported for the SKU '{sku}': it needs Premium."
            raise ArmError(400, "InvalidParameter", text, target=f"properties.{name}")
    if sku == "Basic" and sent.get("anonymousPullEnabled"):
        raise ArmError(400, "InvalidParameter", "Anonymous pull is not supported for the SKU 'Basic'.")


async def _list_credentials(call: Call, body: Body) -> Body | Later:
    if not body["properties"]["adminUserEnabled"]:
        text = f"Cannot perform credential operations for {body['id']} as admin user is disabled."
        raise ArmError(400, "UnAuthorizedForCredentialOperations", text)
    passwords = [
        {"name": name, "value": admin_password(call.cloud, body["id"], number)}
        for number, name in enumerate(("password", "password2"), 1)
    ]
    return {"username": body["name"], "passwords": passwords}


async def _list_usages(call: Call, body: Body) -> Body | Later:
    replications = call.cloud.store.under(body["id"], f"{REGISTRIES}/replications")
    usages = [("Geo-replications", len(replications) + 1, -1, "Count"), ("Webhooks", 0, 500, "Count")]
    return {
        "value": [
            {"name": name, "currentValue": value, "limit": limit, "unit": unit}
            for name, value, limit, unit in usages
        ]
    }

"""What a hardened cluster has that only Azure computes, and what AKS refuses of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds.identities import IDENTITIES, fresh_identity
from cloudnative_emulator.arm.kinds.kind import Call, Kind
from cloudnative_emulator.arm.kinds.monitoring import check_there
from cloudnative_emulator.arm.kinds.parts import part

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body

# Add-ons that act as an identity of their own, made in the node resource group (GOT-13).
_ACTING = {
    "azurepolicy": "azurepolicy",
    "omsagent": "omsagent",
    "azureKeyvaultSecretsProvider": "azurekeyvaultsecretsprovider",
}
_WINDOWS = ("default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LEAST_HOURS = 4


def check(call: Call, properties: dict[str, Any], tier: str) -> None:
    """400 for what AKS takes apart only after the models have passed."""
    access = part(properties, "apiServerAccessProfile")
    if access.get("enablePrivateCluster") and access.get("authorizedIPRanges"):
        text = "Authorized IP ranges are not supported on private clusters."
        raise _invalid(text, "properties.apiServerAccessProfile")
    if properties.get("disableLocalAccounts") and not part(properties, "aadProfile").get("managed"):
        text = "Local accounts can only be disabled on clusters with managed Entra ID integration."
        raise _invalid(text, "properties.disableLocalAccounts")
    if part(properties, "metricsProfile", "costAnalysis").get("enabled") and tier == "Free":
        raise _invalid("Cost analysis needs the tier Standard or Premium.", "properties.metricsProfile")
    for resource_id in _references(properties):
        check_there(call.cloud, resource_id)


def check_pool(cloud: Cloud, old: dict[str, Any], new: dict[str, Any]) -> None:
    """400 for a subnet that is not there, a range that is none, and for what a pool keeps for life."""
    if subnet := new.get("vnetSubnetID"):
        check_there(cloud, subnet)
    if new.get("enableAutoScaling") and not 1 <= new.get("minCount", 0) <= new.get("maxCount", 0):
        raise _invalid("minCount must be from 1 to maxCount.", "properties.minCount")
    for name in ("availabilityZones", "osDiskType", "enableEncryptionAtHost", "vnetSubnetID"):
        if old and (old.get(name) or None) != (new.get(name) or None):
            text = f"Changing property 'properties.{name}' is not allowed."
            raise ArmError(400, "PropertyChangeNotAllowed", text, target=f"properties.{name}")


def scaled(properties: dict[str, Any]) -> dict[str, Any]:
    """The pool with as many nodes as its autoscaler would leave it (AKS-19)."""
    if not properties.get("enableAutoScaling"):
        return properties
    count = min(max(properties["count"], properties["minCount"]), properties["maxCount"])
    return {**properties, "count": count}


def add_ons(cloud: Cloud, cluster: Body, sent: dict[str, Any]) -> dict[str, Any]:
    """The add-ons with the identities that those have which are on."""
    return {
        name: {**add_on, "identity": _identity(cloud, cluster, _ACTING[name])}
        if add_on.get("enabled") and name in _ACTING
        else add_on
        for name, add_on in sent.items()
    }


def addresses(properties: dict[str, Any]) -> dict[str, Any]:
    """A private cluster has a private name in place of the public one (AKS-07)."""
    access = part(properties, "apiServerAccessProfile")
    if not access.get("enablePrivateCluster"):
        return {}
    public = properties["fqdn"]
    host, _, rest = public.partition(".")
    return {"privateFQDN": f"{host}.privatelink.{rest.partition('.')[2]}"}


class MaintenanceConfiguration(Kind):
    """When AKS may upgrade (AKS-28)."""

    tracked = False
    states = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """400 for another name than Azure's three, and for windows that are none."""
        _ = old
        if call.target.name not in _WINDOWS:
            text = f"Maintenance configuration name must be one of {', '.join(_WINDOWS)}."
            raise _invalid(text, "name")
        window = part(body, "properties", "maintenanceWindow")
        if window and (
            window["durationHours"] < _LEAST_HOURS or not _TIME.fullmatch(str(window["startTime"]))
        ):
            text = "A maintenance window has at least 4 hours and starts at HH:mm."
            raise _invalid(text, "properties.maintenanceWindow")
        if window and call.target.name == "default" and "weekly" not in window["schedule"]:
            raise _invalid("The default window is weekly.", "properties.maintenanceWindow.schedule")
        return body


def _references(properties: dict[str, Any]) -> list[str]:
    add_on = part(properties, "addonProfiles", "omsagent")
    workspace = part(add_on, "config").get("logAnalyticsWorkspaceResourceID")
    sensor = part(properties, "securityProfile", "defender")
    found = [
        workspace if add_on.get("enabled") else None,
        sensor.get("logAnalyticsWorkspaceResourceId"),
    ]
    return [resource_id for resource_id in found if resource_id]


def _identity(cloud: Cloud, cluster: Body, add_on: str) -> dict[str, str]:
    group = f"{cloud.subscription_id}/resourceGroups/{cluster['properties']['nodeResourceGroup']}"
    name = f"{add_on}-{cluster['name']}"
    identity_id = f"{group}/providers/{IDENTITIES}/{name}"
    properties = part(cloud.store.get(identity_id), "properties")
    if not properties:
        properties = fresh_identity(cloud)
        known = {"id": identity_id, "name": name, "type": IDENTITIES, "location": cluster["location"]}
        cloud.store.put({**known, "properties": properties})
    return {
        "resourceId": identity_id,
        "clientId": properties["clientId"],
        "objectId": properties["principalId"],
    }


def _invalid(text: str, target: str) -> ArmError:
    return ArmError(400, "InvalidParameter", text, target=target)

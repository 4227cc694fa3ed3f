"""The azure-native functions that the stand-in answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .arm_client import ArmClient, ArmError, Endpoint
from .resource_types import RESOURCE_TYPES, ResourceType
from .shapes import from_wire

_CREDENTIALS = {
    "azure-native:containerservice:listManagedClusterUserCredentials": "listClusterUserCredential",
    "azure-native:containerservice:listManagedClusterAdminCredentials": "listClusterAdminCredential",
}
_CLUSTER = RESOURCE_TYPES["azure-native:containerservice:ManagedCluster"]
_GETTERS = {
    f"{module}:get{name}": known
    for known in RESOURCE_TYPES.values()
    for module, name in [known.name.rsplit(":", 1)]
}
FUNCTIONS = sorted(
    [
        *_GETTERS,
        *_CREDENTIALS,
        "azure-native:authorization:getClientConfig",
        "azure-native:authorization:getClientToken",
    ]
)


class UnknownFunctionError(Exception):
    """A function the stand-in does not have; the text lists those it has."""

    def __init__(self, function: str) -> None:
        super().__init__(
            f"{function} is not known to the emulator's azure-native stand-in, which knows {FUNCTIONS}"
        )


def invoke(function: str, args: Mapping[str, Any], client: ArmClient, endpoint: Endpoint) -> dict[str, Any]:
    """The function's result."""
    if function.endswith(":getClientConfig"):
        client_id, object_id = client.principal()
        where = {"subscriptionId": endpoint.subscription, "tenantId": endpoint.tenant}
        return {"clientId": client_id, "objectId": object_id, **where}
    if function.endswith(":getClientToken"):
        return {"token": client.token()}
    if action := _CREDENTIALS.get(function):
        return _credentials(action, args, client, endpoint)
    if found := _GETTERS.get(function):
        return _get(found, args, client, endpoint)
    raise UnknownFunctionError(function)


def _credentials(
    action: str, args: Mapping[str, Any], client: ArmClient, endpoint: Endpoint
) -> dict[str, Any]:
    query = {
        wire: str(args[name])
        for name, wire in (("serverFqdn", "server-fqdn"), ("format", "format"))
        if name in args
    }
    path = f"{_CLUSTER.arm_id(args, endpoint.subscription)}/{action}"
    return client.post(path, _CLUSTER.api_version, query)


def _get(
    resource_type: ResourceType, args: Mapping[str, Any], client: ArmClient, endpoint: Endpoint
) -> dict[str, Any]:
    arm_id = resource_type.arm_id(args, endpoint.subscription)
    answer = client.get(arm_id, resource_type.api_version)
    if answer is None:
        raise ArmError(404, "ResourceNotFound", f"{arm_id} was not found")
    return {**from_wire(answer, resource_type.shape), "azureApiVersion": resource_type.api_version}

"""The independent referee of request bodies: Microsoft's own models decide what ARM would understand."""

from __future__ import annotations

import functools
import importlib
import logging
from dataclasses import dataclass
from typing import Any

from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.referee.models import Table, table
from cloudnative_emulator.arm.referee.walk import problems

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reference:
    """The model that judges a type, and the API version it was generated from."""

    module: str
    model: str
    version: str


_REFERENCES = {
    "microsoft.resources/resourcegroups": Reference(
        "azure.mgmt.resource.resources.models", "ResourceGroup", "2025-04-01"
    ),
    "microsoft.authorization/roleassignments": Reference(
        "azure.mgmt.authorization.v2022_04_01.models", "RoleAssignmentCreateParameters", "2022-04-01"
    ),
    "microsoft.containerregistry/registries": Reference(
        "azure.mgmt.containerregistry.models", "Registry", "2025-11-01"
    ),
    "microsoft.containerregistry/registries/replications": Reference(
        "azure.mgmt.containerregistry.models", "Replication", "2025-11-01"
    ),
    "microsoft.containerservice/managedclusters": Reference(
        "azure.mgmt.containerservice.models", "ManagedCluster", "2026-08-01"
    ),
    "microsoft.containerservice/managedclusters/agentpools": Reference(
        "azure.mgmt.containerservice.models", "AgentPool", "2026-08-01"
    ),
    "microsoft.containerservice/managedclusters/maintenanceconfigurations": Reference(
        "azure.mgmt.containerservice.models", "MaintenanceConfiguration", "2026-08-01"
    ),
    "microsoft.managedidentity/userassignedidentities": Reference(
        "azure.mgmt.msi.v2024_11_30.models", "Identity", "2024-11-30"
    ),
    "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials": Reference(
        "azure.mgmt.msi.v2024_11_30.models", "FederatedIdentityCredential", "2024-11-30"
    ),
}

# Keys that an older API version has and the version of our models no longer does (as of 2026-11-23): sent by
# a client of an older version they are right.
_DROPPED = {
    "microsoft.containerregistry/registries": (
        "2025-11-01",
        frozenset({"properties.policies.softDeletePolicy"}),
    )
}
_OWN_NAME = ("id", "name", "type")


def check(resource_type: str, version: str, body: Any, resource_id: str) -> None:
    """400 with the path of the first fault, all of them in `details`; types without a model pass, logged."""
    reference = _REFERENCES.get(resource_type.lower())
    if not isinstance(body, dict):
        raise ArmError(
            400, "InvalidRequestContent", "The request content was invalid: expected a JSON object."
        )
    if not reference:
        _log.warning("%s is stored unchecked: no azure-mgmt model of it is installed", resource_type)
        return
    if version != reference.version:
        _log.info("%s %s is judged by the models of %s", resource_type, version, reference.version)
    sent = _without_own_name(body, resource_id)  # pyright: ignore[reportUnknownArgumentType] - JSON, told apart at run time
    found = problems(_model(reference), sent, tolerated=_tolerated(resource_type, version))
    if found:
        details = [
            {"code": "InvalidProperty", "message": text, "target": text.split(":")[0]} for text in found
        ]
        text = f"The request content was invalid and could not be deserialized: {'; '.join(found)}."
        raise ArmError(400, "InvalidRequestContent", text, target=details[0]["target"], details=details)


def writable(resource_type: str, version: str, body: dict[str, Any]) -> dict[str, Any]:
    """The parts of a stored document that a PUT may send back."""
    reference = _REFERENCES.get(resource_type.lower())
    if not reference:
        return {name: value for name, value in body.items() if name not in {*_OWN_NAME, "systemData"}}
    _ = version
    return _strip(table(_model(reference)), body)


def _strip(described: Table, body: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in body.items():
        key = described.keys.get(name)
        if key and not key.read_only:
            shape = key.shape
            if shape.of and isinstance(value, dict):
                value = _strip(table(shape.of), value)  # noqa: PLW2901  # pyright: ignore[reportUnknownArgumentType] - JSON
            elif shape.items and shape.items.of and isinstance(value, (dict, list)):
                value = _strip_each(table(shape.items.of), value)  # noqa: PLW2901  # pyright: ignore[reportUnknownArgumentType] - JSON
            kept[name] = value
    return kept


def _strip_each(described: Table, value: Any) -> Any:
    if isinstance(value, list):
        return [_strip(described, item) for item in value]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON, told apart at run time
    return {name: _strip(described, item) for name, item in value.items()}


def _tolerated(resource_type: str, version: str) -> frozenset[str]:
    until, paths = _DROPPED.get(resource_type.lower(), ("", frozenset[str]()))
    return paths if version < until else frozenset()


def _without_own_name(body: dict[str, Any], resource_id: str) -> dict[str, Any]:
    """ARM takes a resource's own id, name and type when they say what the URL says."""
    own = {"id": resource_id.lower(), "name": resource_id.rsplit("/", 1)[-1].lower()}
    return {
        name: value for name, value in body.items()
        if not (name in own and str(value).lower() == own[name]) and name != "type"
    }  # fmt: skip


@functools.cache
def _model(reference: Reference) -> type[Any]:
    return getattr(importlib.import_module(reference.module), reference.model)

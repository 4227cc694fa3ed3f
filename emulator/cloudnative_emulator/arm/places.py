"""Where a resource lies: its group and parent, its location, and whether something is under way on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudnative_emulator.arm.errors import (
    ArmError,
    group_being_deleted,
    group_not_found,
    operation_in_progress,
    resource_not_found,
)
from cloudnative_emulator.arm.kinds.registered import kind_of
from cloudnative_emulator.arm.regions import REGIONS

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.ids import Target
    from cloudnative_emulator.arm.kinds.kind import Call
    from cloudnative_emulator.arm.store import Body

GROUPS = "Microsoft.Resources/resourceGroups"


def find(cloud: Cloud, target: Target) -> Body:
    """The document of a resource, else the 404 that fits."""
    check_group(cloud, target)
    body = cloud.store.get(target.id)
    if body:
        return body
    if not target.namespace:
        raise group_not_found(target.group)
    pairs = "/".join(
        (target.namespace, *(part for pair in zip(target.types, target.names, strict=False) for part in pair))
    )
    raise resource_not_found(pairs, target.group)


def check_group(cloud: Cloud, target: Target) -> None:
    """404 when the target lies in a resource group that is not there."""
    if target.group and not cloud.store.get(f"{cloud.subscription_id}/resourceGroups/{target.group}"):
        raise group_not_found(target.group)


def check_place(cloud: Cloud, target: Target) -> None:
    """404 or 409 when nothing can be made there: no group, a group being deleted, no parent."""
    check_group(cloud, target)
    if target.group:
        group = cloud.store.get(f"{cloud.subscription_id}/resourceGroups/{target.group}") or {}
        if group["properties"]["provisioningState"] == "Deleting":
            raise group_being_deleted(target.group)
    parent = target.owner
    if parent.types[-1:] == ("namespaces",):  # a scope inside a cluster, which ARM does not store
        parent = parent.owner
    if parent.namespace and not cloud.store.get(parent.id):
        text = "Can not perform requested operation on nested resource. Parent resource "
        text += f"'{parent.name}' not found."
        raise ArmError(404, "ParentResourceNotFound", text)


def check_idle(cloud: Cloud, target: Target) -> None:
    """409 when a long operation is under way on the resource or on what it is part of."""
    root = target
    while root.owner.namespace and root.namespace == root.owner.namespace:
        root = root.owner
    verb = cloud.operations.busy(target.id) or cloud.operations.busy(root.id)
    if verb and kind_of(target.type).slow_put:
        raise operation_in_progress(root.id, verb)


def check_location(call: Call, old: Body | None) -> None:
    """400 for a place that Azure has not, 409 when an existing resource is to move."""
    sent = call.payload.get("location")
    if sent and plain(sent) not in {*REGIONS, "global"}:
        text = f"The provided location '{sent}' is not available for resource type '{call.target.type}'."
        raise ArmError(400, "LocationNotAvailableForResourceType", text)
    if old and sent and plain(old.get("location", sent)) != plain(sent):
        text = (
            f"The resource '{call.target.name}' already exists in location '{old['location']}' in resource "
            f"group '{call.target.group}'. A resource with the same name cannot be created in '{sent}'."
        )
        raise ArmError(409, "InvalidResourceLocation", text)


def plain(location: str) -> str:
    """ "Korea Central" as ARM keeps it."""
    return location.replace(" ", "").lower()

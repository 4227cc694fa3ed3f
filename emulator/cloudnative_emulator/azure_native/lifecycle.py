"""What azure-native does for one resource: check, create, read, update, delete, over plain dicts."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from .arm_client import ArmClient, ArmError, CancelledError
from .property_values import UNKNOWN, has_unknown, reveal
from .resource_types import ResourceType
from .shapes import from_wire, sets_as_maps, to_wire


class AlreadyExistsError(Exception):
    """The resource is there although state does not know it; azure-native refuses, so we do."""

    def __init__(self, arm_id: str) -> None:
        super().__init__(f"cannot create already existing resource '{arm_id}'")


class PartialFailureError(Exception):
    """The resource exists, but its operation did not succeed: state must keep it."""

    def __init__(self, arm_id: str, outputs: dict[str, Any], reason: str) -> None:
        super().__init__(reason)
        self.arm_id, self.outputs, self.reason = arm_id, outputs, reason


class Lifecycle:
    """The operations on one resource; `inputs` and `outputs` carry no secret wrapping here."""

    def __init__(self, resource_type: ResourceType, client: ArmClient, subscription: str) -> None:
        self._type, self._client, self._subscription = resource_type, client, subscription

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """GET first, PUT, wait, read back; the id is the one in the answer."""
        arm_id = self._type.arm_id(inputs, self._subscription)
        if self._client.get(arm_id, self._type.api_version):
            raise AlreadyExistsError(arm_id)
        return self._write(arm_id, inputs)

    def update(self, arm_id: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """A full PUT, then a read."""
        return self._write(arm_id, inputs)[1]

    def read(self, arm_id: str) -> dict[str, Any] | None:
        """The outputs as they are now, None where the resource is gone."""
        answer = self._client.get(arm_id, self._type.api_version)
        return self._outputs(answer) if answer else None

    def delete(self, arm_id: str) -> None:
        """Delete and wait."""
        self._client.delete(arm_id, self._type.api_version)

    def _write(self, arm_id: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        body = to_wire(self._type.body(inputs), self._type.shape)
        wait = self._client.put(arm_id, self._type.api_version, body)
        try:
            wait()
            answer = self._client.get(arm_id, self._type.api_version)
        except (ArmError, CancelledError) as error:
            raise self._partial(arm_id, inputs, error) from error
        if not answer:
            raise ArmError(404, "ResourceNotFound", f"{arm_id} is not there after it was created")
        return str(answer.get("id", arm_id)), self._outputs(answer)

    def _partial(self, arm_id: str, inputs: Mapping[str, Any], error: Exception) -> Exception:
        """What is known of a resource whose operation failed; the error itself where it is surely absent."""
        reason = str(error) or "the operation was cancelled"
        try:
            answer = self._client.get(arm_id, self._type.api_version)
        except (ArmError, CancelledError):  # no time left, or ARM is away: it may be there, so state keeps it
            return PartialFailureError(arm_id, sets_as_maps(inputs, self._type.shape), reason)
        return PartialFailureError(arm_id, self._outputs(answer), reason) if answer else error

    def _outputs(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        outputs = from_wire(answer, self._type.shape)
        outputs.pop("id", None)
        return {**outputs, "azureApiVersion": self._type.api_version}


def checked(
    resource_type: ResourceType,
    news: Mapping[str, Any],
    olds: Mapping[str, Any],
    *,
    logical_name: str,
    seed: bytes,
    group_location: Callable[[str], str | None],
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Inputs with defaults (name, location) and the failures by property."""
    inputs = dict(news)
    inputs.setdefault(
        resource_type.name_input,
        olds.get(resource_type.name_input) or _automatic_name(resource_type, logical_name, seed),
    )
    if resource_type.located and "location" not in inputs:
        location = olds.get("location") or _location_of_group(inputs, group_location)
        inputs.update({"location": location} if location else {})
    required = {*resource_type.required, *resource_type.path_inputs}
    missing = sorted(name for name in required if name not in inputs)
    return inputs, [(name, f"missing required property {name!r}") for name in missing]


def preview_outputs(
    resource_type: ResourceType, inputs: Mapping[str, Any], olds: Mapping[str, Any]
) -> dict[str, Any]:
    """What a preview may promise: the inputs, and of an existing resource what no update changes."""
    shaped = sets_as_maps(inputs, resource_type.shape)
    known = {name: (UNKNOWN if has_unknown(value) else value) for name, value in shaped.items()}
    return {**olds, **known}


def _location_of_group(inputs: Mapping[str, Any], group_location: Callable[[str], str | None]) -> str | None:
    group = reveal(inputs.get("resourceGroupName"))
    return group_location(str(group)) if group and not has_unknown(group) else None


def _automatic_name(resource_type: ResourceType, logical_name: str, seed: bytes) -> str:
    """Logical name and 8 hex digits; a child takes the logical name as is, a role assignment a UUID."""
    random = hashlib.sha256(seed).digest() if seed else uuid.uuid4().bytes
    if resource_type.name.endswith(":RoleAssignment"):
        return str(uuid.UUID(bytes=random[:16]))
    return logical_name if resource_type.child else logical_name + random[:4].hex()

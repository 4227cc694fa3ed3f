"""How the SDK's view of a resource and ARM's JSON differ, as data, and the way in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast


@dataclass(frozen=True)
class Shape:
    """Differences of one object; whatever is not named here is the same on both sides.

    `outside`: where set, the SDK has flattened `properties` and only these keys stay beside it on the wire.
    `string_sets`: a list in the SDK, a map of the same strings to empty objects on the wire.
    `shared_lists`: lists of named items, some of which are resources of their own that show here too.
    `children`: shapes of nested objects by SDK name; they hold for the items of a list too.
    """

    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    outside: frozenset[str] | None = None
    string_sets: frozenset[str] = frozenset()
    shared_lists: frozenset[str] = frozenset()
    children: Mapping[str, Shape] = field(default_factory=dict[str, "Shape"])


PLAIN = Shape()


def to_wire(inputs: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """ARM's JSON for SDK inputs; whole numbers become integers, since protobuf knows only floats."""
    top: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for name, value in inputs.items():
        if name in shape.string_sets and isinstance(value, list):
            wire_value: Any = dict[str, dict[str, Any]]((str(item), {}) for item in cast("list[Any]", value))
        else:
            wire_value = _value_to_wire(value, shape.children.get(name, PLAIN))
        beside = shape.outside is None or name in shape.outside
        (top if beside else properties)[shape.renames.get(name, name)] = wire_value
    if shape.outside is not None and properties:
        top["properties"] = properties
    return top


def from_wire(body: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """SDK outputs for ARM's JSON; nulls are left out, string sets stay the maps that the SDK expects."""
    flat = dict(body)
    if shape.outside is not None and isinstance(flat.get("properties"), dict):
        flat.update(flat.pop("properties"))
    names = {wire: name for name, wire in shape.renames.items()}
    outputs: dict[str, Any] = {}
    for wire, value in flat.items():
        if value is not None:
            name = names.get(wire, wire)
            outputs[name] = _value_from_wire(value, shape.children.get(name, PLAIN))
    return outputs


def sets_as_maps(inputs: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Inputs in the form of outputs: lists that are sets become maps (what a preview answers)."""
    result: dict[str, Any] = {}
    for name, value in inputs.items():
        if name in shape.string_sets and isinstance(value, list):
            result[name] = {str(item): {} for item in cast("list[Any]", value)}
        elif isinstance(value, dict) and name in shape.children:
            result[name] = sets_as_maps(cast("dict[str, Any]", value), shape.children[name])
        else:
            result[name] = value
    return result


def _value_to_wire(value: Any, shape: Shape) -> Any:
    if isinstance(value, dict):
        return to_wire(cast("dict[str, Any]", value), shape)
    if isinstance(value, list):
        return [_value_to_wire(item, shape) for item in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _value_from_wire(value: Any, shape: Shape) -> Any:
    if isinstance(value, dict):
        return from_wire(cast("dict[str, Any]", value), shape)
    if isinstance(value, list):
        return [_value_from_wire(item, shape) for item in cast("list[Any]", value)]
    return value

"""Pulumi's property values as plain Python: secrets, unknowns, protobuf structs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from google.protobuf import json_format, struct_pb2

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the SDK's marker, not a secret


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The struct as a dict; secrets keep their wrapping, numbers are floats."""
    return json_format.MessageToDict(struct)


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """The dict as a struct."""
    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def is_secret(value: Any) -> bool:
    """Whether this value is wrapped as a secret."""
    return isinstance(value, dict) and cast("dict[str, Any]", value).get(_SIGNATURE) == _SECRET


def secret(value: Any) -> dict[str, Any]:
    """The value, wrapped as a secret."""
    return {_SIGNATURE: _SECRET, "value": value}


def reveal(value: Any) -> Any:
    """The value with every secret unwrapped, at any depth."""
    if is_secret(value):
        return reveal(value.get("value"))
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [reveal(item) for item in cast("list[Any]", value)]
    return value


def mark_secrets(outputs: Any, inputs: Any) -> Any:
    """The outputs, secret wherever the input of the same path was."""
    if is_secret(inputs):
        return secret(outputs)
    if isinstance(outputs, dict) and isinstance(inputs, dict):
        given = cast("dict[str, Any]", inputs)
        return {
            key: mark_secrets(value, given.get(key)) for key, value in cast("dict[str, Any]", outputs).items()
        }
    if isinstance(outputs, list) and isinstance(inputs, list):
        items, marks = cast("list[Any]", outputs), cast("list[Any]", inputs)
        marks = marks + [None] * (len(items) - len(marks))
        return [mark_secrets(item, mark) for item, mark in zip(items, marks, strict=False)]
    return cast("Any", outputs)


def has_unknown(value: Any) -> bool:
    """Whether something in it is not known yet (previews)."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in cast("list[Any]", value))
    return value == UNKNOWN

"""Reads the azure-mgmt-* models as tables: every wire key with its type, whether it is read-only or required.

Two generations of generated code occur. New ones (containerservice, containerregistry, resource) keep
`_RestField` objects on the class; old ones (authorization, msi) have `_attribute_map` and `_validation`.
Both are private to the packages, so this is the only module that touches them.
"""

from __future__ import annotations

import enum
import functools
import inspect
import re
import sys
import types
import typing
from dataclasses import dataclass, field
from typing import Any

READ_ONLY = ["read"]


@dataclass(frozen=True)
class Shape:
    """What a value must look like: a scalar's Python type, an enum, a list, a map or a model."""

    kind: str  # str, int, float, bool, any, list, map, model
    of: type[Any] | None = None
    items: Shape | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """One key of a model on the wire."""

    shape: Shape
    read_only: bool = False
    required: bool = False


@dataclass(frozen=True)
class Table:
    """The keys of one model."""

    name: str
    keys: dict[str, Key] = field(default_factory=dict[str, Key])


ANY = Shape("any")
_SCALARS = {str: "str", int: "int", float: "float", bool: "bool"}


@functools.cache
def table(model: type[Any]) -> Table:
    """The table of a model of either generation."""
    keys = _old_keys(model) if hasattr(model, "_attribute_map") else _new_keys(model)
    return Table(model.__name__, keys)


def _new_keys(model: type[Any]) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for owner in reversed(model.__mro__):
        names = {name: value for name, value in vars(owner).items() if type(value).__name__ == "_RestField"}
        hints = _hints(owner) if names else {}
        for name, rest in names.items():
            wire = rest._rest_name_input or name
            hint = hints.get(name, Any)
            visibility = rest._visibility
            keys[wire] = Key(shape_of(hint), visibility == READ_ONLY, not _optional(hint))
    return keys


def _hints(owner: type[Any]) -> dict[str, Any]:
    module = sys.modules[owner.__module__]
    return typing.get_type_hints(
        owner, vars(module) | {"_models": sys.modules[module.__package__ or ""], "_types": module}
    )


def _old_keys(model: Any) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    package = sys.modules[model.__module__.rpartition(".")[0]]
    enums = _old_enums(model, package)
    for name, entry in model._attribute_map.items():
        checks = model._validation.get(name, {})
        path = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", entry["key"])]
        shape = enums.get(name) or _old_shape(entry["type"], package)
        _nest(keys, path, Key(shape, bool(checks.get("readonly")), bool(checks.get("required"))))
    return keys


def _nest(keys: dict[str, Key], path: list[str], key: Key) -> None:
    """Old models flatten `properties.x`: put it back under a model made up for the purpose."""
    if len(path) == 1:
        keys[path[0]] = key
        return
    inside = keys.get(path[0])
    if inside is None or inside.shape.of is None:
        flattened = type(path[0], (), {"_attribute_map": {}, "_validation": {}})
        table(flattened)  # cached, so that the keys added below are found again
        inside = keys[path[0]] = Key(Shape("model", flattened), required=False)
    assert inside.shape.of is not None  # noqa: S101 (for the type checker)
    nested = table(inside.shape.of).keys
    _nest(nested, path[1:], key)
    if key.required:
        keys[path[0]] = Key(inside.shape, required=True)


def _old_enums(model: Any, package: types.ModuleType) -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    for name, parameter in inspect.signature(model.__init__).parameters.items():
        for word in re.findall(r"_models\.(\w+)|\b([A-Z]\w+)\b", str(parameter.annotation)):
            known = vars(package) | vars(sys.modules[model.__module__])
            candidate = known.get(word[0] or word[1])
            if isinstance(candidate, type) and issubclass(candidate, enum.Enum):
                found[name] = Shape("str", values=tuple(str(one.value) for one in candidate))
    return found


def _old_shape(text: str, package: types.ModuleType) -> Shape:
    scalars = {"str": "str", "int": "int", "long": "int", "float": "float", "bool": "bool"}
    if text in scalars:
        return Shape(scalars[text])
    if text in {"iso-8601", "duration", "date", "rfc-1123"}:
        return Shape("str")
    if text[0] in "[{":
        return Shape("list" if text[0] == "[" else "map", items=_old_shape(text[1:-1], package))
    model = getattr(package, text, None)
    return Shape("model", model) if isinstance(model, type) and hasattr(model, "_attribute_map") else ANY


def shape_of(hint: Any) -> Shape:
    """The shape behind a type hint of a new model."""
    hint = _without_none(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return _union(arguments)
    if origin is typing.Literal:
        return Shape("str", values=tuple(str(getattr(one, "value", one)) for one in arguments))
    if origin is list:
        return Shape("list", items=shape_of(arguments[0]))
    if origin is dict:
        return Shape("map", items=shape_of(arguments[1]))
    return _plain(hint)


def _plain(hint: Any) -> Shape:
    if hint in _SCALARS:
        return Shape(_SCALARS[hint])
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Shape("str", values=tuple(str(one.value) for one in hint))
    if (isinstance(hint, type) and hasattr(hint, "_is_model")) or _is_new_model(hint):
        return Shape("model", hint)
    return Shape("str") if getattr(hint, "__module__", "") == "datetime" else ANY


def _is_new_model(hint: Any) -> bool:
    return isinstance(hint, type) and any(owner.__name__ == "Model" for owner in hint.__mro__)


def _union(arguments: tuple[Any, ...]) -> Shape:
    shapes = [shape_of(one) for one in arguments]
    enums = [shape for shape in shapes if shape.values]
    return enums[0] if enums else shapes[0]


def _without_none(hint: Any) -> Any:
    rest = [one for one in typing.get_args(hint) if one is not type(None)]
    if typing.get_origin(hint) in {typing.Union, types.UnionType} and len(rest) < len(typing.get_args(hint)):
        return typing.Union[tuple(rest)] if len(rest) > 1 else rest[0]  # noqa: UP007 - a union made of a tuple has no other spelling
    return hint


def _optional(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)

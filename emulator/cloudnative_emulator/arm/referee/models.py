"""Reads the azure-mgmt-* models as tables; only `extract.py` and the test of its result do.

Two generations of generated code occur. New ones (containerservice 41, containerregistry 15, resource) keep
`_RestField` objects on the class; old ones (authorization, msi, earlier releases) have `_attribute_map` and
`_validation`. Both are private to the packages, so this is the only module that touches them.
"""

from __future__ import annotations

import enum
import functools
import inspect
import re
import sys
import types
import typing
from dataclasses import replace
from typing import Any

from cloudnative_emulator.arm.referee.tables import ANY, Key, Shape, Table

_READ = ["read"]
_SCALARS = {str: "str", int: "int", float: "float", bool: "bool"}
_OLD_SCALARS = {
    "str": "str", "int": "int", "long": "int", "float": "float", "bool": "bool",
    "iso-8601": "str", "duration": "str", "date": "str", "rfc-1123": "str",
}  # fmt: skip
# Streams of data collection: the models name a few, Azure has dozens (Prometheus, logs), and custom ones.
_EXAMPLES = re.compile(r"Known\w+Streams")
_under_way: set[type[Any]] = set()


@functools.cache
def table(model: type[Any]) -> Table:
    """The table of a model of either generation; what a read-only key holds is left out."""
    _under_way.add(model)
    try:
        keys = _old_keys(model) if hasattr(model, "_attribute_map") else _new_keys(model)
    finally:
        _under_way.discard(model)
    return Table(model.__name__, keys)


def _of_model(model: type[Any]) -> Shape:
    if model in _under_way:  # a model inside itself: nothing that we send has one
        return ANY
    return Shape("model", of=table(model))


def _new_keys(model: type[Any]) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for owner in reversed(model.__mro__):
        names = {name: value for name, value in vars(owner).items() if type(value).__name__ == "_RestField"}
        hints = _hints(owner) if names else {}
        for name, rest in names.items():
            hint = hints.get(name, Any)
            if rest._visibility == _READ:
                keys[rest._rest_name_input or name] = Key(ANY, read_only=True)
            else:
                required = type(None) not in typing.get_args(hint)
                keys[rest._rest_name_input or name] = Key(shape_of(hint), required=required)
    return keys


def _hints(owner: type[Any]) -> dict[str, Any]:
    module = sys.modules[owner.__module__]
    return typing.get_type_hints(
        owner, vars(module) | {"_models": sys.modules[module.__package__ or ""], "_types": module}
    )


def _old_keys(model: Any) -> dict[str, Key]:
    package = sys.modules[model.__module__.rpartition(".")[0]]
    enums = _old_enums(model, package)
    fields: list[tuple[list[str], Key]] = []
    for name, entry in model._attribute_map.items():
        checks = model._validation.get(name, {})
        path = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", entry["key"])]
        if checks.get("readonly"):
            fields.append((path, Key(ANY, read_only=True)))
        else:
            shape = _with_values(_old_shape(entry["type"], package), enums.get(name, ()))
            fields.append((path, Key(shape, required=bool(checks.get("required")))))
    return _nested(fields)


def _nested(fields: list[tuple[list[str], Key]]) -> dict[str, Key]:
    """Old models flatten `properties.x`: put it back under a table made up for the purpose."""
    keys = {path[0]: key for path, key in fields if len(path) == 1}
    deeper = [(path, key) for path, key in fields if len(path) > 1]
    for head in dict.fromkeys(path[0] for path, _ in deeper):
        inner = _nested([(path[1:], key) for path, key in deeper if path[0] == head])
        shape = Shape("model", of=Table(head, inner))
        keys[head] = Key(shape, required=any(key.required for key in inner.values()))
    return keys


def _with_values(shape: Shape, values: tuple[str, ...]) -> Shape:
    """The enum at the innermost place: a list of them is a list."""
    if not values:
        return shape
    return (
        replace(shape, items=_with_values(shape.items, values))
        if shape.items
        else Shape("str", values=values)
    )


def _old_enums(model: Any, package: types.ModuleType) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, parameter in inspect.signature(model.__init__).parameters.items():
        for word in re.findall(r"_models\.(\w+)|\b([A-Z]\w+)\b", str(parameter.annotation)):
            in_reach = vars(package) | vars(sys.modules[model.__module__])
            candidate = in_reach.get(word[0] or word[1])
            if (
                isinstance(candidate, type)
                and issubclass(candidate, enum.Enum)
                and not _EXAMPLES.fullmatch(candidate.__name__)
            ):
                found[name] = tuple(str(one.value) for one in candidate)
    return found


def _old_shape(text: str, package: types.ModuleType) -> Shape:
    if text in _OLD_SCALARS:
        return Shape(_OLD_SCALARS[text])
    if text[0] in "[{":
        return Shape("list" if text[0] == "[" else "map", items=_old_shape(text[1:-1], package))
    model = getattr(package, text, None)
    return _of_model(model) if isinstance(model, type) and hasattr(model, "_attribute_map") else ANY


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
    if isinstance(hint, type) and (hasattr(hint, "_is_model") or _is_new_model(hint)):
        return _of_model(hint)
    return Shape("str") if getattr(hint, "__module__", "") == "datetime" else ANY


def _is_new_model(hint: type[Any]) -> bool:
    return any(owner.__name__ == "Model" for owner in hint.__mro__)


def _union(arguments: tuple[Any, ...]) -> Shape:
    shapes = [shape_of(one) for one in arguments]
    enums = [shape for shape in shapes if shape.values]
    return enums[0] if enums else shapes[0]


def _without_none(hint: Any) -> Any:
    rest = [one for one in typing.get_args(hint) if one is not type(None)]
    if typing.get_origin(hint) in {typing.Union, types.UnionType} and len(rest) < len(typing.get_args(hint)):
        return typing.Union[tuple(rest)] if len(rest) > 1 else rest[0]  # noqa: UP007 - a union made of a tuple has no other spelling
    return hint

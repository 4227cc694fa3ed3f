"""Walks a request body along a model's table and says what the service would not understand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm.referee.models import Shape, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_PYTHON: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}


def problems(model: type[Any], body: Any, *, tolerated: frozenset[str] = frozenset()) -> list[str]:
    """Every fault as `path: what is wrong`; `tolerated` paths (list places as []) are let through."""
    return list(_model(model, body, "", tolerated))


def _model(model: type[Any], body: Any, path: str, tolerated: frozenset[str]) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"{path or '$'}: expected an object, got {_kind_of(body)}"
        return
    described = table(model)
    sent: dict[str, Any] = body  # pyright: ignore[reportUnknownVariableType] - JSON, told apart at run time
    for name, value in sent.items():
        inner = f"{path}.{name}" if path else name
        if _generic(inner) in tolerated:
            continue
        key = described.keys.get(name)
        if key is None:
            yield f"{inner}: {described.name} has no such key{_hint(name, list(described.keys))}"
        elif key.read_only:
            yield f"{inner}: read-only, only the service sets it"
        elif value is not None:
            yield from _value(key.shape, value, inner, tolerated)
    missing = (
        name
        for name, key in described.keys.items()
        if key.required and not key.read_only and name not in sent
    )
    for name in missing:
        yield f"{path + '.' if path else ''}{name}: required"


def _value(shape: Shape, value: Any, path: str, tolerated: frozenset[str]) -> Iterator[str]:
    if shape.kind == "model" and shape.of:
        yield from _model(shape.of, value, path, tolerated)
    elif shape.kind == "list" and shape.items:
        if not isinstance(value, list):
            yield f"{path}: expected a list, got {_kind_of(value)}"
            return
        for place, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON, told apart at run time
            yield from _value(shape.items, item, f"{path}[{place}]", tolerated)
    elif shape.kind == "map" and shape.items:
        if not isinstance(value, dict):
            yield f"{path}: expected an object, got {_kind_of(value)}"
            return
        for name, item in value.items():  # pyright: ignore[reportUnknownVariableType] - JSON, told apart at run time
            yield from _value(shape.items, item, f"{path}.{name}", tolerated)
    elif shape.kind in _PYTHON:
        yield from _scalar(shape, value, path)


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    wrong_bool = isinstance(value, bool) and shape.kind != "bool"
    if wrong_bool or not isinstance(value, _PYTHON[shape.kind]):
        yield f"{path}: expected {shape.kind}, got {_kind_of(value)} {value!r}"
    elif shape.values and str(value).lower() not in {one.lower() for one in shape.values}:
        yield f"{path}: {value!r} is none of {', '.join(shape.values)}"


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    return {"dict": "an object", "list": "a list"}.get(type(value).__name__, type(value).__name__)


def _generic(path: str) -> str:
    out: list[str] = []
    skipping = False
    for character in path:
        skipping = (skipping or character == "[") and character != "]"
        if not skipping or character == "[":
            out.append(character)
    return "".join(out)


def _hint(name: str, known: list[str]) -> str:
    same = [one for one in known if one.lower() == name.lower()]
    return f" (keys are case-sensitive: {same[0]})" if same else ""

"""Walks a request body along a model's table and says what the service would not understand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudnative_emulator.arm.referee.tables import Shape, Table

_PYTHON: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}


def problems(described: Table, body: Any, *, partial: bool = False) -> list[str]:
    """Every fault as `path: what is wrong`; a `partial` body (a PATCH) may leave out what is required."""
    return list(_Walk(partial).model(described, body, ""))


@dataclass(frozen=True)
class _Walk:
    partial: bool

    def model(self, described: Table, body: Any, path: str) -> Iterator[str]:
        if not isinstance(body, dict):
            yield f"{path or '$'}: expected an object, got {_kind_of(body)}"
            return
        sent: dict[str, Any] = body  # pyright: ignore[reportUnknownVariableType] - JSON, told apart at run time
        for name, value in sent.items():
            yield from self._entry(described, name, value, f"{path}.{name}" if path else name)
        needed = [name for name, key in described.keys.items() if key.required and name not in sent]
        for name in [] if self.partial else needed:
            yield f"{path + '.' if path else ''}{name}: required"

    def _entry(self, described: Table, name: str, value: Any, path: str) -> Iterator[str]:
        key = described.keys.get(name)
        if key is None:
            yield f"{path}: {described.name} has no such key{_hint(name, list(described.keys))}"
        elif key.read_only:
            yield f"{path}: read-only, only the service sets it"
        elif value is not None:
            yield from self._value(key.shape, value, path)

    def _value(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        if shape.of:
            yield from self.model(shape.of, value, path)
        elif shape.items:
            yield from self._items(shape, shape.items, value, path)
        elif shape.kind in _PYTHON:
            yield from _scalar(shape, value, path)

    def _items(self, shape: Shape, items: Shape, value: Any, path: str) -> Iterator[str]:
        wanted = {"list": list, "map": dict}[shape.kind]
        if not isinstance(value, wanted):
            yield f"{path}: expected {_ARTICLE[shape.kind]}, got {_kind_of(value)}"
            return
        inner: Any = enumerate(value) if isinstance(value, list) else value.items()  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
        for place, item in inner:
            yield from self._value(
                items, item, f"{path}[{place}]" if shape.kind == "list" else f"{path}.{place}"
            )


_ARTICLE = {"list": "a list", "map": "an object"}


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


def _hint(name: str, known: list[str]) -> str:
    same = [one for one in known if one.lower() == name.lower()]
    return f" (keys are case-sensitive: {same[0]})" if same else ""

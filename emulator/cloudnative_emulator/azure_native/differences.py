"""What changed between old and new inputs, by property path, and what of it forces a replacement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from .resource_types import ResourceType
from .shapes import PLAIN, Shape


class Change(Enum):
    """How one property changed."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Difference:
    """One changed property; `path` as Pulumi writes it (`a.b[0].c`)."""

    path: str
    change: Change
    replaces: bool


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], resource_type: ResourceType
) -> list[Difference]:
    """Every changed property of two sets of inputs without secrets' wrapping."""
    immutable = {*resource_type.path_inputs, "location", *resource_type.create_only}
    return [
        Difference(path, change, _is_under(path, immutable))
        for path, change in _changes("", old, new, resource_type.shape)
    ]


def _is_under(path: str, immutable: set[str]) -> bool:
    plain = re.sub(r"\[\d+\]", "", path)
    return any(plain == fixed or plain.startswith(fixed + ".") for fixed in immutable)


def _changes(path: str, old: Any, new: Any, shape: Shape) -> Iterator[tuple[str, Change]]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _object_changes(path, cast("dict[str, Any]", old), cast("dict[str, Any]", new), shape)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_changes(path, cast("list[Any]", old), cast("list[Any]", new), shape)
    elif not _same(path, old, new):
        yield path, Change.UPDATE


def _object_changes(
    path: str, old: dict[str, Any], new: dict[str, Any], shape: Shape
) -> Iterator[tuple[str, Change]]:
    for name in sorted({*old, *new}):
        below = f"{path}.{name}" if path else name
        before, after = old.get(name), new.get(name)
        if name in shape.string_sets and isinstance(before, list) and isinstance(after, list):
            if _as_set(cast("list[Any]", before)) != _as_set(cast("list[Any]", after)):
                yield below, Change.UPDATE
        elif before is None or after is None:
            if before is not None or after is not None:
                yield below, Change.ADD if before is None else Change.DELETE
        else:
            yield from _changes(below, before, after, shape.children.get(name, PLAIN))


def _list_changes(path: str, old: list[Any], new: list[Any], shape: Shape) -> Iterator[tuple[str, Change]]:
    for index in range(max(len(old), len(new))):
        below = f"{path}[{index}]"
        if index >= len(old):
            yield below, Change.ADD
        elif index >= len(new):
            yield below, Change.DELETE
        else:
            yield from _changes(below, old[index], new[index], shape)


def _as_set(items: list[Any]) -> set[str]:
    return {str(item).lower() for item in items}


def _same(path: str, old: Any, new: Any) -> bool:
    if path == "location":  # Azure answers "Korea Central" and "koreacentral" for the same place
        return _plain_location(old) == _plain_location(new)
    return old == new


def _plain_location(value: Any) -> str:
    return str(value).replace(" ", "").lower()


def drifted_inputs(inputs: Any, before: Any, now: Any, shape: Shape = PLAIN) -> Any:
    """The inputs, with what was changed behind Pulumi's back put in, so that the next preview shows it.

    Compared are the last known outputs with the outputs of now: what the service fills in by itself never
    counts as drift.
    """
    if isinstance(inputs, dict) and isinstance(now, dict):
        return _drifted_object(
            cast("dict[str, Any]", inputs), before if isinstance(before, dict) else inputs, now, shape
        )
    if isinstance(inputs, list) and isinstance(now, list):
        return _drifted_list(cast("list[Any]", inputs), before if isinstance(before, list) else inputs, now)
    return cast("Any", inputs if before == now else now)


_FREE_MAPS = frozenset({"tags", "nodeLabels"})


def _drifted_object(inputs: dict[str, Any], before: Any, now: Any, shape: Shape) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in inputs.items():
        was, is_now = before.get(name, value), now.get(name)
        if is_now is None or (name not in now and name not in before):
            result[name] = value
        elif name in shape.string_sets:
            result[name] = value if _as_set(list(was)) == _as_set(list(is_now)) else sorted(is_now)
        elif name in shape.shared_lists:
            result[name] = _drifted_items(value, was, is_now)
        elif name in _FREE_MAPS:
            result[name] = value if was == is_now else is_now
        else:
            result[name] = drifted_inputs(value, was, is_now, shape.children.get(name, PLAIN))
    return result


def _drifted_items(inputs: list[Any], before: list[Any], now: list[Any]) -> list[Any]:
    """Item by item of the same name: others are resources of their own and drift as such (GOT-05)."""
    then, here = ({item["name"]: item for item in items} for items in (before, now))
    return [
        drifted_inputs(item, then.get(item["name"], item), here[item["name"]])
        for item in inputs
        if item["name"] in here
    ]


def _drifted_list(inputs: list[Any], before: Any, now: Any) -> list[Any]:
    if len(inputs) != len(now) or len(before) != len(now):
        return inputs if before == now else now
    return [drifted_inputs(*each) for each in zip(inputs, before, now, strict=True)]

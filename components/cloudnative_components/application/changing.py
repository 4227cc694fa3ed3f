"""What a chart makes anew at each rendering: kept where it can be, left out or refused where it cannot.

A rendering is the source of a release. Were a password another one each time, every `up` would roll the pods
and lock a database up.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from cloudnative_toolchain.errors import ConfigError

from ..config.nodes import PathPart
from .kinds import group_kind
from .manifest_files import Manifest
from .model import Json, NotCarried, mapping
from .places import DOCS, dotted

_WORD = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{8,1024}")
_WORDS = ("annotations", "labels")


@dataclass(frozen=True)
class RandomValue:
    """A key of a Secret whose value is random: it is made once and kept."""

    secret: Manifest
    key: str
    length: int


@dataclass
class Settled:
    """What two renderings differed in; the first of them has none of it any more."""

    values: list[RandomValue] = field(default_factory=list[RandomValue])
    not_carried: list[NotCarried] = field(default_factory=list[NotCarried])


def settle(first: Sequence[Manifest], second: Sequence[Manifest], chart: str) -> Settled:
    """Takes out of the first rendering what the second has otherwise."""
    found = Settled()
    for one, other in _pairs(first, second, chart):
        for path in list(_differences(one.item, other.item)):
            _settle(one, other.item, path, chart, found)
    return found


def _settle(one: Manifest, other: Json, path: tuple[PathPart, ...], chart: str, found: Settled) -> None:
    parent, last = _at(one.item, path[:-1]), path[-1]
    if len(path) > 1 and path[-2] in _WORDS and "metadata" in path:
        del parent[last]
        why = "the chart makes another at each rendering; pods would roll with every `up`"
        key = f"{dotted(path)} of {_title(one)}"
        found.not_carried.append(NotCarried(str(one.place()), key, why))
        return
    length = _length(one.item, other, path)
    if length is None:
        raise _refused(one, path, chart)
    del parent[last]
    found.values.append(RandomValue(one, str(last), length))


def _length(one: Json, other: Json, path: tuple[PathPart, ...]) -> int | None:
    """How many letters and digits a random value of a Secret has; None for what cannot be kept."""
    if group_kind(one) != ("", "Secret") or len(path) != 2 or path[0] not in ("data", "stringData"):
        return None
    values = [_text(str(_at(item, path)), encoded=path[0] == "data") for item in (one, other)]
    lengths = {len(value) for value in values}
    return lengths.pop() if all(map(_WORD.fullmatch, values)) and len(lengths) == 1 else None


def _text(value: str, *, encoded: bool) -> str:
    try:
        return base64.b64decode(value, validate=True).decode() if encoded else value
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _pairs(
    first: Sequence[Manifest], second: Sequence[Manifest], chart: str
) -> Iterator[tuple[Manifest, Manifest]]:
    others = {_key(manifest): manifest for manifest in second}
    for manifest in first:
        if _key(manifest) not in others:
            raise _refused(manifest, ("metadata", "name"), chart)
        yield manifest, others[_key(manifest)]


def _key(manifest: Manifest) -> tuple[str, ...]:
    metadata = manifest.item["metadata"]
    return (*group_kind(manifest.item), str(metadata.get("namespace", "")), metadata["name"])


def _differences(one: Any, other: Any, path: tuple[PathPart, ...] = ()) -> Iterator[tuple[PathPart, ...]]:
    """The deepest places at which two documents differ (Any: JSON)."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key, value in cast("Json", one).items():
            yield from _differences(value, cast("Json", other)[key], (*path, key))
    elif (
        isinstance(one, list)
        and isinstance(other, list)
        and len(cast("Json", one)) == len(cast("Json", other))
    ):
        for at, value in enumerate(cast("list[Any]", one)):
            yield from _differences(value, cast("list[Any]", other)[at], (*path, at))
    elif one != other:
        yield path


def _at(item: Any, path: Sequence[PathPart]) -> Any:
    for part in path:
        item = item[part]
    return item


def _title(manifest: Manifest) -> str:
    return f"{manifest.item['kind']} {mapping(manifest.item['metadata'])['name']}"


def _refused(manifest: Manifest, path: tuple[PathPart, ...], chart: str) -> ConfigError:
    return ConfigError(
        code="helm.changes",
        what=f"{dotted(path)} of {_title(manifest)} is another at each rendering of the chart {chart}",
        why="the same source must make the same release; a random value is kept where it is a whole value of "
        "a Secret, of at least 8 letters and digits",
        fix=f"give the chart that value in a file: cloudnative:charts: {{{chart}: {{value_files: [FILE]}}}}",
        location=manifest.place(*path),
        docs=DOCS,
    )

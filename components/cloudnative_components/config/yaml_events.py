"""The events of a YAML text, from the fastest scanner that is sure of it.

libyaml (through PyYAML) is much faster than ruamel.yaml, but reads YAML 1.1 and says less of a fault. So it
goes first; a text that it refuses, or that the two versions may read differently, is ruamel's (0158).
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal, NamedTuple, cast

import yaml
from ruamel.yaml import YAML

# Where YAML 1.1 and 1.2 differ: tabs, other line breaks, byte order marks, a colon after an alias or anchor.
_DIFFERS = re.compile(r"[\t\x85\u2028\u2029\ufeff]|[*&][^\s,\[\]{}]+:")
_MOST = 400_000  # far above every limit of values; ruamel's events come one by one, so a limit ends them
_KINDS: dict[str, "EventKind"] = {
    "DocumentStartEvent": "document",
    "ScalarEvent": "scalar",
    "AliasEvent": "alias",
    "MappingStartEvent": "mapping",
    "SequenceStartEvent": "sequence",
    "MappingEndEvent": "end",
    "SequenceEndEvent": "end",
}

EventKind = Literal["document", "scalar", "alias", "mapping", "sequence", "end"]


class Event(NamedTuple):
    """One event, whoever scanned it; line and column count from 1."""

    kind: EventKind
    line: int = 0
    column: int = 0
    value: str = ""
    plain: bool = False
    anchor: str | None = None
    tag: str | None = None


def scan(text: str) -> Iterator[Event]:
    """The events of every document; raises ruamel's YAMLError, with the place of the fault."""
    quick = by_libyaml(text)
    return by_ruamel(text) if quick is None else iter(quick)


def by_libyaml(text: str) -> list[Event] | None:
    """What libyaml makes of it; none where that is not sure, or PyYAML was built without it."""
    loader = getattr(yaml, "CSafeLoader", None)
    if loader is None or _DIFFERS.search(text):
        return None
    try:
        found = cast("Iterator[Any]", yaml.parse(text, loader))  # type: ignore[reportUnknownMemberType]  # PyYAML has no types
        events = list(islice(_events(found, "tag"), _MOST))
    except yaml.YAMLError:
        return None
    return events if len(events) < _MOST else None


def by_ruamel(text: str) -> Iterator[Event]:
    """What ruamel.yaml makes of it; raises its YAMLError on the way."""
    reader = YAML(typ="safe", pure=True)
    return _events(cast("Iterator[Any]", reader.parse(text)), "ctag")  # type: ignore[reportUnknownMemberType]  # ruamel has no types


def _events(found: Iterator[Any], tag_name: str) -> Iterator[Event]:
    for event in found:
        kind = _KINDS.get(type(event).__name__)
        if kind is None:
            continue
        if kind in ("end", "document"):
            yield Event(kind)
            continue
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if kind == "alias":
            yield Event(kind, line, column, anchor=event.anchor)
        else:
            tag = getattr(event, tag_name)
            scalar = kind == "scalar"
            value, plain = (event.value, not event.style) if scalar else ("", False)
            yield Event(kind, line, column, value, plain, event.anchor, None if tag is None else str(tag))

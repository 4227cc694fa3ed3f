"""From YAML events to a tree with places, within limits."""

from collections.abc import Iterator
from dataclasses import dataclass

from cloudnative_toolchain.errors import ConfigError, Location

from .nodes import Entry, Kind, MappingNode, Node, Scalar, SequenceNode
from .scalars import Dialect, kind_of
from .yaml_events import Event

_CORE_TAGS: dict[str, Kind] = {
    f"tag:yaml.org,2002:{kind}": kind for kind in ("str", "int", "float", "bool", "null")
}
_COLLECTIONS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_MERGE = "<<"


@dataclass(frozen=True)
class Limits:
    """Bounds of one file; far above what people write, far below what hurts."""

    size: int = 1024 * 1024  # bytes; the reader takes about a second for as much
    depth: int = 64  # mappings and lists inside one another
    values: int = 100_000  # an alias counts as often as it is used


class TreeBuilder:
    """Builds the documents of one file."""

    def __init__(self, file: str, limits: Limits, dialect: Dialect, tags: frozenset[str]) -> None:
        self.file, self.limits, self.dialect, self.tags = file, limits, dialect, tags
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._count = 0

    def documents(self, events: Iterator[Event]) -> list[Node]:
        """Every document that says something."""
        found: list[Node] = []
        for event in events:
            if event.kind == "document":
                self._anchors = {}
                node = self._node(next(events), events, 0)
                if not (isinstance(node, Scalar) and node.kind == "null"):
                    found.append(node)
        return found

    def _node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        if event.kind == "alias":
            return self._alias(event)
        if depth > self.limits.depth:
            raise self._error("yaml.depth", event, f"more than {self.limits.depth} levels deep")
        before, anchor = self._count, event.anchor
        self._add(1, event)
        if anchor is not None:
            self._anchors[anchor] = None
        node = self._build(event, events, depth)
        if anchor is not None:
            self._anchors[anchor] = (node, self._count - before)
        return node

    def _build(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        if event.kind == "scalar":
            return Scalar(event.value, self._kind(event), self._place(event))
        self._check_collection_tag(event)
        if event.kind == "sequence":
            return self._sequence(event, events, depth)
        return self._mapping(event, events, depth)

    def _sequence(self, event: Event, events: Iterator[Event], depth: int) -> SequenceNode:
        items: list[Node] = []
        while (following := next(events)).kind != "end":
            items.append(self._node(following, events, depth + 1))
        return SequenceNode(tuple(items), self._place(event))

    def _mapping(self, event: Event, events: Iterator[Event], depth: int) -> MappingNode:
        entries: dict[str, Entry] = {}
        merged: list[MappingNode] = []
        while (following := next(events)).kind != "end":
            key = self._node(following, events, depth + 1)
            if not isinstance(key, Scalar):
                raise self._error("yaml.key", following, "a key must be text, not a list or a mapping")
            value = self._node(next(events), events, depth + 1)
            if key.text == _MERGE and key.kind == "str" and following.plain:
                merged += self._merged(value, following)
            elif key.text in entries:
                raise self._duplicate(key.text, entries[key.text].key, following)
            else:
                entries[key.text] = Entry(self._place(following), value)
        for source in merged:
            entries = {**{k: v for k, v in source.entries.items() if k not in entries}, **entries}
        return MappingNode(entries, self._place(event))

    def _merged(self, value: Node, event: Event) -> list[MappingNode]:
        sources = value.items if isinstance(value, SequenceNode) else (value,)
        mappings = [source for source in sources if isinstance(source, MappingNode)]
        if len(mappings) != len(sources):
            raise self._error("yaml.merge", event, "`<<` merges a mapping or a list of mappings")
        return mappings

    def _alias(self, event: Event) -> Node:
        name = event.anchor or ""
        known = self._anchors.get(name)
        if known is None:
            why = "is used inside itself" if name in self._anchors else "is not defined above"
            raise self._error("yaml.alias", event, f"the alias *{name} {why}")
        self._add(known[1], event)
        return known[0]

    def _add(self, count: int, event: Event) -> None:
        self._count += count
        if self._count > self.limits.values:
            why = f"more than {self.limits.values:,} values once aliases are written out"
            raise self._error("yaml.values", event, why)

    def _kind(self, event: Event) -> Kind:
        tag = event.tag
        if tag in (None, "!") or tag in self.tags:
            plain = event.plain and tag != "!"
            return kind_of(event.value, self.dialect) if plain else "str"
        if tag not in _CORE_TAGS:
            raise self._unknown_tag(tag, event)
        kind = _CORE_TAGS[tag]
        if kind not in ("str", kind_of(event.value, self.dialect)):
            raise self._error(
                "yaml.tag", event, f"{event.value!r} is not of the type that its tag says ({kind})"
            )
        return kind

    def _check_collection_tag(self, event: Event) -> None:
        tag = event.tag
        if tag not in (None, "!") and tag not in _COLLECTIONS and tag not in self.tags:
            raise self._unknown_tag(tag, event)

    def _unknown_tag(self, tag: str | None, event: Event) -> ConfigError:
        return self._error("yaml.tag", event, f"the tag {tag!r} is not allowed here", fix="delete the tag")

    def _duplicate(self, key: str, first: Location, event: Event) -> ConfigError:
        why = f"the key {key!r} is there twice (first in line {first.line}); YAML would keep only one of them"
        return self._error("yaml.duplicate", event, why, fix=f"delete one of the two {key!r} keys")

    def _place(self, event: Event) -> Location:
        return Location(self.file, event.line, event.column)

    def _error(self, code: str, event: Event, why: str, *, fix: str = "") -> ConfigError:
        place = self._place(event)
        fix = fix or f"correct {place}, then run the command again"
        return ConfigError(
            code=code,
            what=f"cannot read {self.file}",
            why=why,
            fix=fix,
            location=place,
            docs="docs/config.md#yaml",
        )

"""What a YAML file says and where it says it: trees whose every key and value knows its place in the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cloudnative_toolchain.errors import Location

type_names = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}
Kind = Literal["str", "int", "float", "bool", "null"]
Plain = str | int | float | bool | None
PathPart = str | int


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: the text as written, and what YAML 1.2 takes it for (`1.30`: a float, text kept)."""

    text: str
    kind: Kind
    location: Location

    def describe(self) -> str:
        """How an error names this value."""
        return f"{type_names[self.kind]} ({self.text!r})" if self.kind != "null" else "nothing"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a mapping and the place of its key."""

    key: Location
    value: "Node"


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys in the order of the file; keys are text whatever YAML would take them for."""

    entries: dict[str, Entry]
    location: Location

    def describe(self) -> str:
        """How an error names this value."""
        return "a mapping (key: value)"


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list."""

    items: tuple["Node", ...]
    location: Location

    def describe(self) -> str:
        """How an error names this value."""
        return "a list"


Node = Scalar | MappingNode | SequenceNode
Leaves = Scalar | dict[str, "Leaves"] | list["Leaves"]


def leaves(node: Node) -> Leaves:
    """The tree as dicts and lists; its leaves stay `Scalar`s, so that a model chooses text or number."""
    if isinstance(node, MappingNode):
        return {key: leaves(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, SequenceNode):
        return [leaves(item) for item in node.items]
    return node


def child(node: Node, part: PathPart) -> Node | None:
    """The value under a key or an index, None where there is none."""
    if isinstance(node, MappingNode) and str(part) in node.entries:
        return node.entries[str(part)].value
    if isinstance(node, SequenceNode) and isinstance(part, int) and 0 <= part < len(node.items):
        return node.items[part]
    return None


def locate(node: Node, path: Sequence[PathPart]) -> Location:
    """The place of the deepest part of `path` that the file has: a key's own place, an item's place."""
    place = node.location
    for part in path:
        below = child(node, part)
        if below is None:
            break
        place = node.entries[str(part)].key if isinstance(node, MappingNode) else below.location
        node = below
    return place


def walk(node: Node, path: tuple[PathPart, ...] = ()) -> Iterator[tuple[tuple[PathPart, ...], Node]]:
    """Every value with its path, parents first."""
    yield path, node
    if isinstance(node, MappingNode):
        for key, entry in node.entries.items():
            yield from walk(entry.value, (*path, key))
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.items):
            yield from walk(item, (*path, index))

"""Manifests, of a folder or as a program printed them, read strictly, each with its place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cloudnative_toolchain.errors import ConfigError, Location

from ..config import (
    Dialect,
    Limits,
    MappingNode,
    Node,
    Scalar,
    SequenceNode,
    child,
    load_documents,
    locate,
    parse,
    value_of,
)
from ..config.nodes import PathPart
from .model import Json
from .places import DOCS, dotted

# CustomResourceDefinitions are large; the reader takes about a second per MiB.
_LIMITS = Limits(size=8 * 1024 * 1024)
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?")
_API_VERSION = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9]+((alpha|beta)[0-9]+)?")


@dataclass(frozen=True)
class Manifest:
    """One object and the tree it was read from; `origin` is the user's file where a program rendered it."""

    item: Json
    node: Node
    origin: Location | None = None

    def place(self, *path: PathPart) -> Location:
        """Where a field of the object stands in the user's files."""
        return self.origin or locate(self.node, path)

    def error(self, code: str, path: Sequence[PathPart], *, why: str, fix: str) -> ConfigError:
        """A ConfigError about one of its fields."""
        of = f" of {self.item.get('kind', 'an object')} {_name_of(self.item)}" if self.origin else ""
        what, place = f"{dotted(path)}{of} is not valid", self.place(*path)
        return ConfigError(code=code, what=what, why=why, fix=fix, location=place, docs=DOCS)


def read_manifests(folder: Path) -> list[Manifest]:
    """Every object of the folder, files in order of name, `List`s opened."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())
    found = [manifest for file in files for manifest in _of_file(file)]
    if not found:
        raise ConfigError(
            code="manifest.none",
            what=f"there is nothing to deploy in {folder}",
            why="it has no compose.yaml, kustomization.yaml, Chart.yaml or manifest (*.yaml, *.yml)",
            fix=f"ls {folder}",
            location=Location(str(folder)),
            docs=DOCS,
        )
    return found


def rendered(text: str, renderer: str, origin: Location) -> list[Manifest]:
    """Every object of what a program printed; `origin` is the file that it was made from."""
    try:
        documents = parse(text, origin.file, limits=_LIMITS, dialect=Dialect.KUBERNETES)
    except ConfigError as error:
        line = f" (line {error.location.line} of it)" if error.location else ""
        raise ConfigError(
            code=error.code,
            what=f"what {renderer} makes of {origin.file} cannot be read{line}",
            why=error.why,
            fix=f"${{EDITOR:-vi}} {origin.file}",
            location=origin,
            docs=DOCS,
        ) from None
    return [manifest for document in documents for manifest in _of_document(document, origin)]


def _of_file(file: Path) -> Iterator[Manifest]:
    for document in load_documents(file, limits=_LIMITS, dialect=Dialect.KUBERNETES):
        yield from _of_document(document, None)


def _of_document(document: Node, origin: Location | None) -> Iterator[Manifest]:
    if not isinstance(document, MappingNode):
        place = origin or document.location
        raise ConfigError(
            code="manifest.type",
            what=f"{place.file} holds what is no object",
            why=f"it is {document.describe()}",
            fix="write `apiVersion:`, `kind:` and `metadata:`",
            location=place,
            docs=DOCS,
        )
    yield from _objects(document, origin)


def _objects(node: MappingNode, origin: Location | None) -> Iterator[Manifest]:
    kind, items = child(node, "kind"), child(node, "items")
    if isinstance(kind, Scalar) and kind.text == "List" and isinstance(items, SequenceNode):
        for item in items.items:
            if isinstance(item, MappingNode):
                yield from _objects(item, origin)
        return
    manifest = Manifest(cast("Json", _plain(node)), node, origin)
    _check(manifest)
    yield manifest


def _name_of(item: Json) -> str:
    metadata = item.get("metadata")
    return str(cast("Json", metadata).get("name", "")) if isinstance(metadata, dict) else ""


def _check(manifest: Manifest) -> None:
    item, node = manifest.item, manifest.node
    for key, pattern, example in (
        ("apiVersion", _API_VERSION, "apps/v1"),
        ("kind", r"[A-Z][A-Za-z0-9]*", "Deployment"),
    ):
        if not isinstance(item.get(key), str) or not re.fullmatch(pattern, item[key]):
            why = f"{item[key]!r} is not one" if key in item else f"the object has no {key}"
            raise manifest.error("manifest.kind", (key,), why=why, fix=f"write `{key}: {example}`")
    metadata = item.get("metadata")
    name = child(child(node, "metadata") or node, "name")
    if not isinstance(metadata, dict) or not isinstance(name, Scalar) or not _NAME.fullmatch(name.text):
        why = (
            f"{name.text!r} is not a name: a-z, 0-9, - and ."
            if isinstance(name, Scalar)
            else "the object has no name"
        )
        raise manifest.error(
            "manifest.name", ("metadata", "name"), why=why, fix="write `metadata: {name: my-name}`"
        )
    metadata["name"] = name.text


def _plain(node: Node) -> Any:
    """The tree as JSON (Any: that is what JSON is), read as Kubernetes reads YAML."""
    if isinstance(node, MappingNode):
        return {key: _plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.items]
    return value_of(node, Dialect.KUBERNETES)

"""Manifests of a folder, read strictly, each with its place."""

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
    value_of,
)
from ..config.nodes import PathPart
from .model import Json
from .places import DOCS, dotted

# CustomResourceDefinitions are large; the reader takes about a second per MiB.
_LIMITS = Limits(size=8 * 1024 * 1024)
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?")
_API_VERSION = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9]+((alpha|beta)[0-9]+)?")
_OTHER_TOOLS = {
    "kustomization.yaml": "kubectl kustomize {folder} --output {folder}-rendered",
    "kustomization.yml": "kubectl kustomize {folder} --output {folder}-rendered",
    "Chart.yaml": "helm template {folder} --output-dir {folder}-rendered",
}


@dataclass(frozen=True)
class Manifest:
    """One object and the tree it was read from."""

    item: Json
    node: Node

    def error(self, code: str, path: Sequence[PathPart], *, why: str, fix: str) -> ConfigError:
        """A ConfigError about one of its fields."""
        place = locate(self.node, path)
        return ConfigError(
            code=code, what=f"{dotted(path)} is not valid", why=why, fix=fix, location=place, docs=DOCS
        )


def read_manifests(folder: Path) -> list[Manifest]:
    """Every object of the folder, files in order of name, `List`s opened."""
    for name, command in _OTHER_TOOLS.items():
        if (folder / name).is_file():
            raise ConfigError(
                code="manifest.tool",
                what=f"{folder} is not a plain folder of manifests",
                why=f"it has a {name}",
                fix=command.format(folder=folder),
                location=Location(str(folder / name)),
                docs=DOCS,
            )
    files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())
    found = [manifest for file in files for manifest in _of_file(file)]
    if not found:
        raise ConfigError(
            code="manifest.none",
            what=f"there is nothing to deploy in {folder}",
            why="it has neither a compose.yaml nor a manifest (*.yaml, *.yml)",
            fix=f"ls {folder}",
            location=Location(str(folder)),
            docs=DOCS,
        )
    return found


def _of_file(file: Path) -> Iterator[Manifest]:
    for document in load_documents(file, limits=_LIMITS, dialect=Dialect.KUBERNETES):
        if not isinstance(document, MappingNode):
            raise ConfigError(
                code="manifest.type",
                what=f"{file} holds what is no object",
                why=f"it is {document.describe()}",
                fix="write `apiVersion:`, `kind:` and `metadata:`",
                location=document.location,
                docs=DOCS,
            )
        yield from _objects(document)


def _objects(node: MappingNode) -> Iterator[Manifest]:
    kind, items = child(node, "kind"), child(node, "items")
    if isinstance(kind, Scalar) and kind.text == "List" and isinstance(items, SequenceNode):
        for item in items.items:
            if isinstance(item, MappingNode):
                yield from _objects(item)
        return
    manifest = Manifest(cast("Json", _plain(node)), node)
    _check(manifest)
    yield manifest


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

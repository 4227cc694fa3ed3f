"""What Azure's own models say of request bodies, by type and api-version: keys, types, what is read-only.

The tables lie in `known/`, one JSON file a namespace, made by `extract.py` from the azure-mgmt-* packages.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READ_ONLY = "read-only"
_FOLDER = Path(__file__).parent / "known"


@dataclass(frozen=True)
class Shape:
    """What a value must look like: a scalar's kind, an enum, a list, a map or a model."""

    kind: str  # str, int, float, bool, any, list, map, model
    of: Table | None = None
    items: Shape | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """One key of a model on the wire."""

    shape: Shape
    read_only: bool = False
    required: bool = False


@dataclass(frozen=True)
class Table:
    """The keys of one model."""

    name: str
    keys: dict[str, Key] = field(default_factory=dict[str, Key])


ANY = Shape("any")


class Known:
    """The tables of one namespace."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._types: dict[str, dict[str, str]] = document["types"]
        self._models: dict[str, dict[str, Any]] = document["models"]
        self._tables: dict[str, Table] = {}

    def versions(self, resource_type: str) -> list[str]:
        """The api-versions whose models are known, oldest first."""
        return sorted(self._types.get(resource_type.lower(), {}), key=_age)

    def table(self, resource_type: str, version: str) -> Table:
        """The table of a type in one of `versions`."""
        return self._table(self._types[resource_type.lower()][version])

    def _table(self, model: str) -> Table:
        if model not in self._tables:
            keys = {
                name.removesuffix("!"): self._key(name, spec) for name, spec in self._models[model].items()
            }
            self._tables[model] = Table(model.partition("@")[0], keys)
        return self._tables[model]

    def _key(self, name: str, spec: Any) -> Key:
        if spec == READ_ONLY:
            return Key(ANY, read_only=True)
        return Key(self._shape(spec), required=name.endswith("!"))

    def _shape(self, spec: Any) -> Shape:
        if isinstance(spec, str):
            return Shape("model", of=self._table(spec)) if "@" in spec else Shape(spec)
        (kind, inner), *_ = spec.items()
        return Shape("str", values=tuple(inner)) if kind == "enum" else Shape(kind, items=self._shape(inner))


@functools.cache
def known(namespace: str) -> Known:
    """The tables of `Microsoft.ContainerService` and the like; empty where none were made."""
    path = _FOLDER / f"{namespace.lower()}.json"
    return Known(json.loads(path.read_text()) if path.exists() else {"types": {}, "models": {}})


def nearest(versions: list[str], wanted: str) -> str:
    """`wanted` itself, else the earliest later one, else the newest of `versions`."""
    later = [version for version in sorted(versions, key=_age) if _age(version) >= _age(wanted)]
    return wanted if wanted in versions else (later[0] if later else max(versions, key=_age))


def _age(version: str) -> tuple[str, bool, str]:
    """Previews come before what they preview."""
    return version[:10], not version[10:], version[10:]

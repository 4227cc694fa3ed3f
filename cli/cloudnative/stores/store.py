"""What the command needs of the place where Pulumi keeps its state, and the folder that offers it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Found:
    """A file of a store and when it was written."""

    key: str
    modified: float


class Store(Protocol):
    """Files by key (`.pulumi/stacks/PROJECT/ENV.json`), as the engine's own back end lays them out."""

    def read(self, key: str) -> bytes | None:
        """The content, None where there is no such file."""
        ...

    def write(self, key: str, content: bytes) -> None:
        """Replace a file; a reader sees the old content or the new."""
        ...

    def remove(self, key: str) -> None:
        """Delete a file, which may be gone already."""
        ...

    def found(self, prefix: str) -> list[Found]:
        """The files whose key starts with a prefix, in the order of their keys."""
        ...

    def address(self, key: str) -> str:
        """How a person finds this file."""
        ...

    def leases(self) -> Leases | None:
        """How hosts exclude one another here; None where the kernel's file lock does."""
        ...


class Leases(Protocol):
    """A lease is held by id; the store frees it by itself when it is not renewed."""

    def acquire(self, key: str, lease: str) -> bool:
        """Whether it is ours now; False while another id holds it."""
        ...

    def renew(self, key: str, lease: str) -> bool:
        """Whether it is still ours."""
        ...

    def release(self, key: str, lease: str) -> None:
        """Give it back; nothing happens when another id holds it."""
        ...

    def note(self, key: str, lease: str, content: bytes) -> None:
        """Write into the leased file."""
        ...


class FileStore:
    """A folder. Beside each file of the engine lies one with its attributes (`.attrs`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> bytes | None:
        try:
            return (self._folder / key).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, key: str, content: bytes) -> None:
        path = self._folder / key
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        temporary.replace(path)

    def remove(self, key: str) -> None:
        for name in (key, key + ".attrs"):
            (self._folder / name).unlink(missing_ok=True)

    def found(self, prefix: str) -> list[Found]:
        folder = self._folder / prefix.rpartition("/")[0]
        paths = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix != ".attrs"]
        keys = [(str(p.relative_to(self._folder)), p.stat().st_mtime) for p in paths]
        return [Found(key, modified) for key, modified in keys if key.startswith(prefix)]

    def address(self, key: str) -> str:
        return str(self._folder / key)

    def leases(self) -> None:
        return None

    def drop_broken_attributes(self, folder: str) -> None:
        """Remove attributes that a kill left empty: the engine could not read the state for them.

        It says "failed to load checkpoint: EOF"; without the file it reads the state.
        """
        for path in [*(self._folder / folder).glob("*.attrs"), *self._folder.glob(".pulumi/*.attrs")]:
            try:
                json.loads(path.read_bytes())
            except ValueError:
                path.unlink(missing_ok=True)

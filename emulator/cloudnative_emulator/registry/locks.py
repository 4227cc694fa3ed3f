"""The attributes that ACR lets a client change: what may be deleted, written, listed and read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloudnative_emulator.identity.private_files import write_private

if TYPE_CHECKING:
    from pathlib import Path

_OPEN = {"deleteEnabled": True, "writeEnabled": True, "listEnabled": True, "readEnabled": True}


class Locks:
    """Kept in one file of the registry, by `repository`, `repository:tag` or `repository@digest`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, name: str) -> dict[str, bool]:
        """The attributes of one thing; all open where nobody changed them."""
        return {**_OPEN, **self._read().get(name, {})}

    def change(self, name: str, sent: dict[str, bool]) -> None:
        """Take over the attributes that were sent."""
        known = {key: value for key, value in sent.items() if key in _OPEN}
        write_private(self._path, json.dumps({**self._read(), name: {**self.of(name), **known}}).encode())

    def forget(self, repository: str) -> None:
        """Drop what was said about a repository and all in it."""
        kept = {name: value for name, value in self._read().items() if _repository(name) != repository}
        write_private(self._path, json.dumps(kept).encode())

    def allow(self, attribute: str, *names: str) -> bool:
        """Whether the attribute is open for all of `names`."""
        return all(self.of(name)[attribute] for name in names)

    def _read(self) -> dict[str, dict[str, bool]]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}


def _repository(name: str) -> str:
    return name.partition("@")[0].partition(":")[0]

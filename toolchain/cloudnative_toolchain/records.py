"""What is installed: one `installed.json` a tool, written last and read without a process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cloudnative_toolchain import folders
from cloudnative_toolchain.catalog import Tool

NAME = "installed.json"


@dataclass(frozen=True)
class Installed:
    """One installed tool; `programs` maps to paths, absolute or relative to the record's folder."""

    tool: str
    version: str
    source: str
    pin: str
    programs: dict[str, str]
    sizes: dict[str, int]
    data: dict[str, str] = field(default_factory=dict[str, str])

    def write(self, folder: Path) -> None:
        """Puts the record into a folder that nobody else sees yet."""
        (folder / NAME).write_text(json.dumps(asdict(self), indent=1))


def root() -> Path:
    """Where every tool of this user lives."""
    return folders.cache() / "toolchain"


def candidates(tool: Tool) -> Iterator[tuple[Path, Installed]]:
    """Installed versions of a tool that the pinned list of today accepts, newest first."""
    found = sorted((root() / tool.name).glob(f"[!.]*/{NAME}"), key=lambda file: -file.stat().st_mtime_ns)
    for file in found:
        record = _read(file)
        if record is not None and record.pin == tool.pin:
            yield file.parent, record


def _read(file: Path) -> Installed | None:
    """A record, or nothing where it is not one of this version's: such a tool is installed again."""
    try:
        return Installed(**json.loads(file.read_text()))
    except (ValueError, TypeError):
        return None


def lookup(tool: Tool) -> tuple[Path, Installed] | None:
    """The folder and record of a tool that is there and whole, or nothing."""
    return next(((folder, record) for folder, record in candidates(tool) if not damage(folder, record)), None)


def damage(folder: Path, record: Installed) -> str:
    """What is wrong with an installed tool, in words; empty when nothing is."""
    for name, place in record.programs.items():
        file = folder / place
        if not os.access(file, os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            return f"{file} is gone or cannot be executed"
        if file.stat().st_size != record.sizes[name]:
            return f"{file} is not the file that was installed (its size changed)"
    missing = [place for place in record.data.values() if not (folder / place).is_file()]
    return f"{folder / missing[0]} is gone" if missing else ""

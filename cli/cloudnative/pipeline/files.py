"""Generated files that people may edit: each carries the hash of its own lines, so an edit is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HEAD = "# Written by `cloudnative pipeline init`; what you change below is kept and reported.\n"
MARK = "# sha256:{hash}\n"
MARKED = re.compile(re.escape(HEAD) + r"# sha256:([0-9a-f]{64})\n")
DOING = {"write": "writes", "update": "updates", "same": "leaves", "kept": "keeps"}


@dataclass(frozen=True)
class Planned:
    """What happens to one file: `write`, `update`, `same`, or `kept` where somebody edited it."""

    name: str
    path: Path
    action: str
    content: str

    def line(self) -> str:
        """The plan in a line."""
        why = {
            "kept": " (edited by hand; what it would be is told by --output json)",
            "same": " (is up to date)",
        }
        return f"{DOING[self.action]} {self.name}{why.get(self.action, '')}"


def marked(content: str) -> str:
    """The content below a head with its hash."""
    return HEAD + MARK.format(hash=_hash(content)) + content


def plan(root: Path, files: Mapping[str, str]) -> list[Planned]:
    """What would happen to every file; nothing is written."""
    return [
        Planned(name, root / name, _action(root / name, marked(content)), marked(content))
        for name, content in files.items()
    ]


def data(root: Path, name: str, content: str) -> Planned:
    """A file that is read before it is written, so that nothing in it is lost."""
    path = root / name
    there = path.read_text("utf-8") if path.exists() else None
    action = "write" if there is None else "same" if there == content else "update"
    return Planned(name, path, action, content)


def write(planned: list[Planned]) -> None:
    """Do what was planned."""
    for each in planned:
        if each.action in ("write", "update"):
            each.path.parent.mkdir(parents=True, exist_ok=True)
            each.path.write_text(each.content, "utf-8")


def edited(text: str) -> bool:
    """Whether the lines are not those that the head vouches for."""
    found = MARKED.match(text)
    return found is None or _hash(text[found.end() :]) != found[1]


def _action(path: Path, wanted: str) -> str:
    if not path.exists():
        return "write"
    there = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    if there == wanted:
        return "same"
    return "kept" if edited(there) else "update"


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()

"""Generated files that people may edit: each carries the hash of its own lines, so an edit is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

HEAD = "# Written by `cloudnative pipeline init`; what you change below is kept and reported.\n"
MARK = "# sha256:{hash}\n"
MARKED = re.compile(re.escape(HEAD) + r"# sha256:([0-9a-f]{64})\n")
DOING = {"write": "writes", "update": "updates", "same": "leaves", "kept": "keeps", "remove": "removes"}


@dataclass(frozen=True)
class Planned:
    """What happens to one file: `write`, `update`, `same`, `remove`, or `kept` where somebody edited it.

    `content` is what it would be; of one that is not wanted any more it is empty.
    """

    name: str
    path: Path
    action: str
    content: str

    def line(self) -> str:
        """The plan in a line."""
        kept = "what it would be is told by --output json" if self.content else "it is not wanted any more"
        why = {
            "kept": f" (edited by hand; {kept})",
            "same": " (is up to date)",
            "remove": " (is not wanted any more)",
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


def leftovers(root: Path, names: Iterable[str]) -> list[Planned]:
    """Files of an earlier run that this one does not make: removed, unless somebody edited them."""
    there = [(name, root / name) for name in names if (root / name).exists()]
    return [
        Planned(name, path, "kept" if edited(_text(path)) else "remove", "")
        for name, path in there
        if _text(path).startswith(HEAD)
    ]


def write(planned: list[Planned]) -> None:
    """Do what was planned."""
    for each in planned:
        if each.action == "remove":
            each.path.unlink()
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
    there = _text(path)
    if there == wanted:
        return "same"
    return "kept" if edited(there) else "update"


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()

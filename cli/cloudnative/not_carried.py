"""What an application's files say and Kubernetes does not get, told in as few lines as there are reasons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudnative_components.application import NotCarried, Note


def lines(left: Sequence[NotCarried]) -> list[str]:
    """One line for each setting and reason: where it stands, and why it is not carried over."""
    groups: dict[tuple[str, str], list[NotCarried]] = {}
    for item in left:
        groups.setdefault((_setting(item), item.why), []).append(item)
    return [f"not carried over: {setting}{_places(items)}: {why}" for (setting, why), items in groups.items()]


def notes(told: Sequence[Note]) -> list[str]:
    """One line for each: what happens in another way than the files' own tool does it."""
    return [f"{note.what} ({Path(note.where).name})" for note in told]


def _setting(item: NotCarried) -> str:
    """`depends_on` of `services.web.depends_on`; other keys as they are."""
    parts = item.key.split(".", 2)
    return parts[2] if parts[0] == "services" and len(parts) == 3 else item.key


def _places(items: Sequence[NotCarried]) -> str:
    """` of web, worker (compose.yaml:54, 100)`."""
    names = [item.key.split(".")[1] for item in items if item.key.startswith("services.")]
    of = f" of {', '.join(names)}" if names and items[0].key.count(".") > 1 else ""
    by_file: dict[str, list[str]] = {}
    for item in items:
        file, _, rest = item.where.partition(":")
        by_file.setdefault(Path(file).name, []).append(rest.partition(":")[0])
    places = (f"{file}:{', '.join(rows)}".rstrip(":") for file, rows in by_file.items())
    return f"{of} ({'; '.join(places)})"

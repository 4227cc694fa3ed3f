"""`docs/api.md` of the docstrings of what teams import: `python -m tests.unit.components.api_reference`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/api.md"
_HEAD = """# Components: reference

What `from cloudnative_components import ...` offers, by its docstrings; generated, do not edit
(`python -m tests.unit.components.api_reference > docs/api.md`). How to use it:
[components.md](components.md).

Arguments are one dictionary: `Image("web", {"cloud": "azure", ...}, opts)`. `Input[str]` takes a `str` or
the output of a resource. Other languages see the same names in camelCase: `registry_id` is `registryId`.
"""


def package() -> Any:
    """The package as griffe reads it: nothing is imported."""
    return griffe.load("cloudnative_components", search_paths=[ROOT / "components"])


def page() -> str:
    """The whole page."""
    found = package()
    names = [str(name).strip("'\"") for name in found.exports]
    parts = [_HEAD, *(text for name in names for text in _section(found, name, names))]
    return "\n".join(parts)


def _section(found: Any, name: str, names: list[str]) -> Iterator[str]:
    item = found[name].final_target
    if item.is_function:
        yield f"## `{item.name}{_signature(item)}`\n\n{_text(item)}\n"
    elif f"{name}Args" in names:
        arguments = _rows(found[f"{name}Args"].final_target)
        outputs = [row for row in _rows(item) if "Output[" in row]
        yield f"## {name}\n\n{_text(item)}\n"
        yield _table("argument", arguments)
        yield _table("output", outputs)
    elif not name.endswith("Args"):
        yield f"## {name}\n\n{_text(item)}\n"
        yield _table("key", _rows(item))


def _rows(item: Any) -> list[str]:
    """One line for each annotated attribute, inherited ones first."""
    found: dict[str, Any] = {}
    for one in [*reversed(item.mro()), item]:
        found |= {n: a for n, a in one.members.items() if a.is_attribute and a.annotation and n[0] != "_"}
    return [f"| `{name}` | {_type(one)} | {_text(one)} |" for name, one in found.items()]


def _type(attribute: Any) -> str:
    text = str(attribute.annotation).replace("pulumi.", "")
    needed = re.fullmatch(r"NotRequired\[(.*)\]", text)
    return f"`{needed[1]}`, optional" if needed else f"`{text}`"


def _table(head: str, rows: list[str]) -> str:
    return "\n".join([f"| {head} | type | |", "|---|---|---|", *rows, ""]) if rows else ""


def _signature(function: Any) -> str:
    given = ", ".join(f"{one.name}: {one.annotation}" for one in function.parameters)
    return f"({given}) -> {function.returns}"


def _text(item: Any) -> str:
    """The docstring on one line; what a table would take for its own is escaped."""
    assert item.docstring, f"{item.path} has no docstring"
    return " ".join(item.docstring.value.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())

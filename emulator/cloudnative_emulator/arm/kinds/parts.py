"""Reads inside documents, where every level may be missing or null."""

from __future__ import annotations

from typing import Any, cast


def part(body: Any, *names: str) -> dict[str, Any]:
    """The object below these names, empty where one is missing."""
    found = _below(body, names)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def parts(body: Any, *names: str) -> list[dict[str, Any]]:
    """The list of objects below these names, empty where one is missing."""
    found = _below(body, names)
    return cast("list[dict[str, Any]]", found) if isinstance(found, list) else []


def _below(body: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        body = cast("dict[str, Any]", body).get(name) if isinstance(body, dict) else None
    return body

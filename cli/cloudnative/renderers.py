"""Which renderer makes which service of an application, as a plan shows it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudnative_components.application import Rendering

MOST = 12  # names in a line of text; JSON has all of them


def document(renderings: Sequence[Rendering]) -> list[dict[str, Any]]:
    """One entry for each service, in the order of the application's files."""
    return [
        {"service": service, "renderer": rendering.renderer, "path": str(rendering.path)}
        for rendering in renderings
        for service in rendering.services
    ]


def lines(services: Sequence[dict[str, Any]]) -> list[str]:
    """`helm (charts/cache) renders cache`: one line for each entry of the application."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in services:
        groups.setdefault((one["renderer"], one["path"]), []).append(one["service"])
    return [
        f"{renderer} ({_short(path)}) renders {_listed(names)}" for (renderer, path), names in groups.items()
    ]


def _short(path: str) -> str:
    here = os.path.relpath(path)
    return path if here.startswith(str(Path("..", ".."))) else here


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more

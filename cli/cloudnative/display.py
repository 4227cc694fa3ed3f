"""Progress on stderr: plain lines with elapsed time, or a live view where a person watches."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from cloudnative.lines import Lines


class Display(Protocol):
    """What the layers below may tell the user."""

    def of_regions(self, regions: Sequence[str]) -> None:
        """From here on it is told region by region; with one there is nothing to tell apart."""

    def say(self, text: str) -> None:
        """One line worth keeping."""

    def detail(self, text: object) -> None:
        """What long work does at this moment."""

    def event(self, event: Mapping[str, Any]) -> None:
        """One event of a run."""

    def phase(self, name: str) -> Any:
        """`with display.phase("emulator"):` around long work."""

    def planning(self, name: str) -> Any:
        """`with display.planning("preview dev"):` around a run that changes nothing."""


def make_display(*, events: bool = False, quiet: bool = False) -> Display:
    """The live view for a person at a terminal, lines for everybody else."""
    plain = events or quiet or not sys.stderr.isatty() or os.environ.get("TERM") in (None, "dumb")
    if plain:
        return Lines(events=events)
    from cloudnative.live import Live

    return Live()

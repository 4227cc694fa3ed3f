"""What a caller hears while tools are installed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Progress = Callable[[str], None]
"""Called on any thread with one line: the tool, what happens to it, how far all of it is and since when."""


@dataclass
class Tally:
    """Counts the finished tools of one run; every line tells that count and the time since the start."""

    tell: Progress
    total: int
    done: int = 0
    started: float = field(default_factory=time.monotonic)

    def say(self, tool: str, step: str) -> None:
        """Tells one step of one tool."""
        seconds = int(time.monotonic() - self.started)
        clock = f"{seconds // 60}:{seconds % 60:02d}"
        self.tell(f"{tool}: {step} ({self.done} of {self.total} tools, {clock})")

    def finish(self, tool: str, step: str) -> None:
        """Tells that one more tool is done."""
        self.done += 1
        self.say(tool, step)

"""What a caller hears while tools are installed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ToolProgress:
    """One thing worth telling: which tool, what happens to it, how far all of it is."""

    tool: str
    step: str
    done: int
    total: int
    seconds: float

    def __str__(self) -> str:
        clock = f"{int(self.seconds) // 60}:{int(self.seconds) % 60:02d}"
        return f"{self.tool}: {self.step} ({self.done} of {self.total} tools, {clock})"


Progress = Callable[[ToolProgress], None]


@dataclass
class Tally:
    """Counts finished tools of one run and stamps what is told with the time since its start."""

    tell: Progress
    total: int
    done: int = 0
    started: float = field(default_factory=time.monotonic)

    def say(self, tool: str, step: str) -> None:
        """Tells one step of one tool."""
        self.tell(ToolProgress(tool, step, self.done, self.total, time.monotonic() - self.started))

    def finish(self, tool: str, step: str) -> None:
        """Tells that one more tool is done."""
        self.done += 1
        self.say(tool, step)

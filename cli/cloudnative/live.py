"""The live view: what is done scrolls by, what runs stays below with its time."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, Group
from rich.live import Live as RichLive
from rich.spinner import Spinner
from rich.text import Text

from cloudnative.lines import PLANNED, Lines
from cloudnative.wording import clean

MOST_RUNNING = 12
MARGIN = 10  # columns of the elapsed time


@dataclass
class Row:
    """One moving line."""

    text: str
    detail: str = ""
    region: str = ""
    began: float = field(default_factory=time.monotonic)

    def shown(self, width: int) -> str:
        """The line in at most `width` columns; what is cut off leaves a mark."""
        line = f"{self.text} {time.monotonic() - self.began:.0f} s" + (
            f"  {self.detail}" if self.detail else ""
        )
        return line if len(line) <= width else line[: width - 1] + "…"


class Live(Lines):
    """Lines for what is done, and a few moving ones for what runs; the phase's own comes last."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__()
        self._console = console or Console(stderr=True, highlight=False)
        self._spinner = Spinner("dots")
        self._running: dict[str, Row] = {}
        self._phase: Row | None = None
        self._view: RichLive | None = None

    def detail(self, text: object) -> None:
        """The phase's own line shows it; nothing scrolls."""
        if self._phase:
            self._phase.detail = clean(str(text))

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """A moving line while the phase lasts."""
        self._phase = Row(name)
        self._refresh()
        try:
            yield
        finally:
            self._phase = None
            self._running.clear()
            self._refresh()

    def event(self, event: Mapping[str, Any]) -> None:
        """Started steps move below; everything else scrolls."""
        kind, urn = event["event"], str(event.get("urn", ""))
        if self._planning and kind in PLANNED:
            return
        if kind in ("progress", "log"):
            self._touch(urn, clean(str(event.get("message", ""))))
            return
        text, region = self.describe(event), self.region_of(event)
        if kind == "step" and event["state"] == "started":
            if text:
                self._running[urn] = Row(text, region=region)
        else:
            if kind == "step":
                self._running.pop(urn, None)
            self._write(text, region)
        self._refresh()

    def _touch(self, urn: str, detail: str) -> None:
        if row := self._running.get(urn):
            row.detail = detail.strip() or row.detail

    def _write(self, text: str, region: str = "") -> None:
        """Lines that are wrapped here stand under one another; a long word is left to the terminal."""
        elapsed, column = f"{time.monotonic() - self._began:7.1f}s  ", self.column(region)
        for line in text.splitlines():
            style = "red" if line.startswith(("!", "failed")) else ""
            for part in wrapped(line, self._console.width - MARGIN - len(column)):
                whole = Text.assemble((elapsed, "dim"), (column, "cyan"), (part, style))
                self._console.print(whole, soft_wrap=True)
                elapsed = " " * MARGIN

    def _refresh(self) -> None:
        if not self._running and not self._phase:
            if self._view:
                self._view.stop()
                self._view = None
            return
        if self._view is None:
            self._view = RichLive(
                console=self._console,
                get_renderable=lambda: Group(*self.rows()),
                refresh_per_second=8,
                transient=True,
            )
            self._view.start()

    def rows(self) -> list[Text]:
        """What moves at this moment, region by region, as many lines as the terminal has room for."""
        running = sorted(self._running.values(), key=lambda row: self._order(row.region))
        most = max(1, min(MOST_RUNNING, self._console.height - 4))
        shown = [self._line(row) for row in running[:most]]
        if len(running) > most:
            shown.append(Text(f"  and {len(running) - most} more"))
        return [*shown, *([self._line(self._phase)] if self._phase else [])]

    def _order(self, region: str) -> int:
        return self._regions.index(region) if region in self._regions else -1

    def _line(self, row: Row) -> Text:
        frame = str(self._spinner.render(self._console.get_time()))
        column = self.column(row.region) if row is not self._phase else ""
        shown = row.shown(max(20, self._console.width - 3 - len(column)))
        return Text(f"{frame} {column}{shown}", no_wrap=True, overflow="crop")


def wrapped(line: str, width: int) -> list[str]:
    """A line in parts that fit, indented as the first; a word that is longer stays whole, to be copied."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(
        line, max(20, width), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [line]

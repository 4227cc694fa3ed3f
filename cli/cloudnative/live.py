"""The live view: what is done scrolls by, what runs stays below with its time."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.live import Live as RichLive
from rich.spinner import Spinner
from rich.text import Text

from cloudnative.display import Lines, clean

MOST_RUNNING = 12


class Live(Lines):
    """Lines for what is done, and a few moving ones for what runs."""

    def __init__(self, *, plan: bool = False) -> None:
        super().__init__(plan=plan)
        self._console = Console(stderr=True, highlight=False)
        self._running: dict[str, tuple[str, float, str]] = {}
        self._view: RichLive | None = None

    def detail(self, text: object) -> None:
        """The phase's own line shows it; nothing scrolls."""
        self._touch("phase", detail=str(text))

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """A moving line while the phase lasts."""
        self._running["phase"] = (name, time.monotonic(), "")
        self._refresh()
        try:
            yield
        finally:
            self._running.pop("phase", None)
            self._refresh()

    def event(self, event: Mapping[str, Any]) -> None:
        """Started steps move below; everything else scrolls."""
        kind, urn = event["event"], str(event.get("urn", ""))
        text = self.describe(event)
        if kind == "step" and event["state"] == "started":
            if text:
                self._running[urn] = (text, time.monotonic(), "")
        elif kind in ("progress", "log"):
            self._touch(urn, detail=str(event.get("message", "")))
        else:
            self._running.pop(urn, None) if kind == "step" else None
            if text:
                self._write(text)
        self._refresh()

    def _touch(self, key: str, *, detail: str) -> None:
        if key in self._running:
            text, began, _ = self._running[key]
            self._running[key] = (text, began, clean(detail))
            self._refresh()

    def _write(self, text: str) -> None:
        for line in text.splitlines():
            style = "red" if line.startswith(("!", "failed")) else ""
            elapsed = time.monotonic() - self._began
            self._console.print(Text(f"{elapsed:7.1f}s  {line}", style=style))

    def _refresh(self) -> None:
        if not self._running:
            if self._view:
                self._view.stop()
                self._view = None
            return
        if self._view is None:
            self._view = RichLive(
                console=self._console, get_renderable=self._render, refresh_per_second=8, transient=True
            )
            self._view.start()

    def _render(self) -> Group:
        now = time.monotonic()
        rows = [
            self._row(text, now - began, detail)
            for text, began, detail in list(self._running.values())[:MOST_RUNNING]
        ]
        hidden = len(self._running) - MOST_RUNNING
        return Group(*rows, *([Text(f"   and {hidden} more")] if hidden > 0 else []))

    def _row(self, text: str, seconds: float, detail: str) -> Spinner:
        width = max(20, self._console.width - 12)
        line = f"{text} {seconds:.0f} s" + (f"  {detail}" if detail else "")
        return Spinner("dots", Text(line[:width]))

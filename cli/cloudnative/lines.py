"""Plain lines with the time since the start, for everybody who is no person at a terminal."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from cloudnative.places import region_in
from cloudnative.wording import clean, name_of, problem_line, step_line

PLANNED = ("step", "change", "summary")


class Lines:
    """Lines on stderr, and JSON events on stdout where those are asked for."""

    def __init__(self, *, events: bool = False, stream: TextIO | None = None) -> None:
        self._stream, self._events, self._planning = stream or sys.stderr, events, False
        self._began = time.monotonic()
        self._started: dict[str, float] = {}
        self._last_detail = ""
        self._told: set[str] = set()
        self._regions: list[str] = []

    def of_regions(self, regions: Sequence[str]) -> None:
        """A column for the region, where there are several."""
        self._regions = list(regions) if len(regions) > 1 else []

    def say(self, text: str) -> None:
        """One line with the time since the start."""
        self._write(clean(text))
        self._emit({"event": "note", "text": text})

    def detail(self, text: object) -> None:
        """A line too, unless it is the one before."""
        line = clean(str(text))
        if line != self._last_detail:
            self._last_detail = line
            self._write("  " + line)
            self._emit({"event": "progress", "text": line})

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Details of one phase."""
        self._emit({"event": "phase", "name": name})
        yield

    @contextmanager
    def planning(self, name: str) -> Generator[None]:
        """A phase whose steps are only thought of: nothing says `created` for what is not."""
        self._planning = True
        try:
            with self.phase(name):
                yield
        finally:
            self._planning = False

    def event(self, event: Mapping[str, Any]) -> None:
        """Show one event of a run, and pass it on where events are the output."""
        if self._planning and event["event"] in PLANNED:
            return
        region = self.region_of(event)
        if event["event"] != "ended":
            self._emit({**event, "region": region} if region else event)
        if text := self.describe(event):
            self._write(text, region)

    def region_of(self, event: Mapping[str, Any]) -> str:
        """The region that an event is about, empty where there is one region or it is about all."""
        return region_in(name_of(event), self._regions)

    def column(self, region: str) -> str:
        """What stands before a line, as wide as the longest name."""
        return f"{region:<{max(map(len, self._regions))}}  " if self._regions else ""

    def describe(self, event: Mapping[str, Any]) -> str:
        """One event as a line; empty for what is not worth one."""
        kind = event["event"]
        if kind == "step":
            return self._step(event)
        if kind == "progress":
            return f"  {name_of(event)}: {clean(str(event.get('message', '')))}"
        if kind == "problem":
            return problem_line(event)
        if kind == "diagnostic":
            return "" if event["severity"] == "error" else self._once(f"{event['severity']}: {event['text']}")
        return clean(str(event["text"])) if kind in ("stopping", "output") else ""

    def _step(self, event: Mapping[str, Any]) -> str:
        urn, now = str(event["urn"]), time.monotonic()
        if event["state"] == "started":
            self._started.setdefault(urn, now)
            return step_line(event, 0)
        return step_line(event, now - self._started.pop(urn, now))

    def _once(self, text: str) -> str:
        """The engine repeats a warning with each attempt; its first line tells one from another."""
        head = text.partition("\n")[0]
        if head in self._told:
            return ""
        self._told.add(head)
        return clean("  " + text)

    def _emit(self, event: Mapping[str, Any]) -> None:
        if self._events:
            seconds = round(time.monotonic() - self._began, 2)
            sys.stdout.write(json.dumps({"seconds": seconds, **event}, default=str) + "\n")
            sys.stdout.flush()

    def _write(self, text: str, region: str = "") -> None:
        elapsed, column = time.monotonic() - self._began, self.column(region)
        for line in text.splitlines():
            self._stream.write(f"{elapsed:7.1f}s  {column}{line}\n")
        self._stream.flush()

"""Progress on stderr: plain lines with elapsed time, or a live view where a person watches."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from cloudnative.absent import NONE

CONTROL = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]"
)
QUIET = {"same", "read", "read-replacement", "discard-replaced"}
DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted the old one",
    "refresh": "read again",
    "import": "imported",
}
DOING = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "create-replacement": "creating anew",
    "delete-replaced": "deleting the old one",
    "refresh": "reading again",
    "import": "importing",
}


class Display(Protocol):
    """What the layers below may tell the user."""

    def say(self, text: str) -> None:
        """One line worth keeping."""

    def detail(self, text: object) -> None:
        """What long work does at this moment."""

    def event(self, event: Mapping[str, Any]) -> None:
        """One event of a run."""

    def phase(self, name: str) -> Any:
        """`with display.phase("emulator"):` around long work that is no engine run."""


class Lines:
    """Plain lines, and JSON events on stdout where those are asked for."""

    def __init__(self, *, events: bool = False, plan: bool = False, stream: TextIO | None = None) -> None:
        self._stream, self._events, self._plan = stream or sys.stderr, events, plan
        self._began = time.monotonic()
        self._started: dict[str, float] = {}
        self._last_detail = ""

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

    def event(self, event: Mapping[str, Any]) -> None:
        """Show one event of a run, and pass it on where events are the output."""
        if event["event"] != "ended":
            self._emit(event)
        if text := self.describe(event):
            self._write(text)

    def describe(self, event: Mapping[str, Any]) -> str:
        """One event as a line; empty for what is not worth one."""
        kind = event["event"]
        if kind in ("step", "change"):
            return "" if self._plan else self._change(event)  # a preview's result lists them
        if kind == "progress":
            return f"  {name_of(event)}: {clean(str(event.get('message', '')))}"
        if kind == "problem":
            text = ": ".join(str(event[key]) for key in ("what", "why") if event.get(key))
            return clean(f"! {text}")
        if kind == "diagnostic":
            return "" if event["severity"] == "error" else clean(f"  {event['severity']}: {event['text']}")
        return clean(str(event["text"])) if kind in ("stopping", "output") else ""

    def _change(self, event: Mapping[str, Any]) -> str:
        return self._step(event) if event["event"] == "step" else change_lines(event)

    def _step(self, event: Mapping[str, Any]) -> str:
        operation, urn = str(event["operation"]), str(event["urn"])
        if operation in QUIET or str(event["type"]).startswith("pulumi:"):
            return ""
        what = f"{short_type(str(event['type']))} {event['name']}"
        if event["state"] == "started":
            self._started.setdefault(urn, time.monotonic())
            return f"{DOING.get(operation, operation)} {what}"
        seconds = time.monotonic() - self._started.pop(urn, time.monotonic())
        word = (
            DONE.get(operation, operation)
            if event["state"] == "done"
            else f"failed: {DOING.get(operation, operation)}"
        )
        return f"{word} {what} ({seconds:.1f} s)"

    def _emit(self, event: Mapping[str, Any]) -> None:
        if self._events:
            seconds = round(time.monotonic() - self._began, 2)
            sys.stdout.write(json.dumps({"seconds": seconds, **event}, default=str) + "\n")
            sys.stdout.flush()

    def _write(self, text: str) -> None:
        elapsed = time.monotonic() - self._began
        for line in text.splitlines():
            self._stream.write(f"{elapsed:7.1f}s  {line}\n")
        self._stream.flush()


def make_display(*, events: bool = False, quiet: bool = False, plan: bool = False) -> Lines:
    """The live view for a person at a terminal, lines for everybody else; `plan`: of a preview."""
    plain = events or quiet or not sys.stderr.isatty() or os.environ.get("TERM") in (None, "dumb")
    if plain:
        return Lines(events=events, plan=plan)
    from cloudnative.live import Live

    return Live(plan=plan)


def clean(text: str) -> str:
    """Text of outside origin without terminal control sequences: a build log must not steer the terminal."""
    return CONTROL.sub("", text)


def short_type(token: str) -> str:
    """`azure-native:containerservice:ManagedCluster` -> `ManagedCluster`."""
    return token.rsplit(":", 1)[-1]


def name_of(event: Mapping[str, Any]) -> str:
    """The resource's own name in an event."""
    return str(event.get("urn", "")).rsplit("::", 1)[-1]


def change_lines(event: Mapping[str, Any]) -> str:
    """One object of a release that would change, with its fields."""
    unchecked = "" if event.get("checked", True) else "  (not checked on a server)"
    lines = [f"  {event['operation']} {event['object']}{unchecked}"]
    lines += [f"      {f['path']}: {f['old']!s} -> {f['new']!s}" for f in event.get("fields") or NONE]
    return clean("\n".join(lines))

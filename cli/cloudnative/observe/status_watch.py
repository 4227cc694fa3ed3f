"""`status --watch`: in place on a terminal, else a line or, for programs, a JSON object a change."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cloudnative.absent import NOTHING
from cloudnative.wording import clean, counted_nodes
from cloudnative_toolchain.errors import CloudnativeError

SECONDS = 2.0
Take = Callable[[], dict[str, Any]]
Facts = Mapping[tuple[str, str], Mapping[str, Any]]


def watch(take: Take, output: str, text: Callable[[dict[str, Any]], str]) -> None:
    """Until Ctrl-C; what cannot be looked at now is looked at again."""
    if output == "json":
        _print_events(take)
    elif sys.stdout.isatty():
        _in_place(take, text)
    else:
        _print_lines(take)


def facts(data: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """(region, service) -> what is told of it; (region, "") is the cluster itself."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for region in data["regions"]:
        cluster = {**region["cluster"], "release": region["release"]}
        problem = {"problem": region["problem"]} if region.get("problem") else NOTHING
        found[region["name"], ""] = {**cluster, **problem}
        found |= {(region["name"], service["name"]): service for service in region["services"]}
    return found


def changes(old: Facts, new: Facts) -> Iterator[dict[str, Any]]:
    """What differs; services of a region that does not answer are not gone."""
    silent = {region for (region, service), fact in new.items() if not service and "problem" in fact}
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was != now and not (now is None and key[0] in silent):
            yield {"region": key[0], "service": key[1], "was": was, "is": now}


def kept(old: Facts, new: Facts) -> dict[tuple[str, str], Mapping[str, Any]]:
    """`new`, with the last that is known of services whose region does not answer."""
    silent = {region for (region, service), fact in new.items() if not service and "problem" in fact}
    return {**{key: fact for key, fact in old.items() if key[1] and key[0] in silent}, **new}


def change_line(change: Mapping[str, Any]) -> str:
    """One change for people: where, what it was, what it is."""
    where = change["region"] + (f"/{change['service']}" if change["service"] else "")
    words = [_words(change[key], is_service=bool(change["service"])) for key in ("was", "is")]
    return clean(f"{where}  {words[1] if words[0] == 'gone' else ' -> '.join(words)}")


def _words(fact: Mapping[str, Any] | None, *, is_service: bool) -> str:
    if fact is None:
        return "gone"
    if not is_service:
        if "problem" in fact:
            return str(fact["problem"])
        words = [fact["state"], counted_nodes(fact["nodes"]), f"release {fact['release']}"]
        return ", ".join(filter(None, words))
    image = str(fact["image"]).rpartition("@")[2][:19]
    return f"{fact['ready']}/{fact['desired']} ready, {fact['restarts']} restarts, {image}"


def _rounds(take: Take) -> Iterator[dict[str, Any] | CloudnativeError]:
    while True:
        try:
            yield take()
        except CloudnativeError as error:
            if error.exit_code not in (1, 9):  # a wrong name or a sign-in does not heal by waiting
                raise
            yield error
        time.sleep(SECONDS)


def _changes(take: Take) -> Iterator[dict[str, Any]]:
    known: Facts = {}
    trouble = ""
    for found in _rounds(take):
        if isinstance(found, CloudnativeError):
            if str(found) != trouble:
                trouble = str(found)
                yield {"problem": trouble}
            continue
        trouble, seen = "", facts(found)
        yield from changes(known, seen)
        known = kept(known, seen)


def _print_events(take: Take) -> None:
    for change in _changes(take):
        event = {"event": "change", "time": datetime.now(UTC).isoformat(timespec="seconds"), **change}
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


def _print_lines(take: Take) -> None:
    for change in _changes(take):
        line = clean(change["problem"]) if "problem" in change else change_line(change)
        sys.stdout.write(f"{datetime.now().astimezone():%H:%M:%S}  {line}\n")
        sys.stdout.flush()


def _in_place(take: Take, text: Callable[[dict[str, Any]], str]) -> None:
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    shown, trouble = Text(), Text()
    with Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="visible") as live:
        for found in _rounds(take):
            if isinstance(found, CloudnativeError):
                trouble = Text(clean(f"\n{found}"))
            else:
                shown, trouble = Text(clean(text(found))), Text()
            foot = Text(f"\n{datetime.now().astimezone():%H:%M:%S}, every {SECONDS:g} s; Ctrl-C ends")
            live.update(Group(shown, trouble, foot), refresh=True)

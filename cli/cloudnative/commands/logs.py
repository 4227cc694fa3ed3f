"""`cloudnative logs ENV [SERVICE...]`."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from cloudnative.options import (
    Environment,
    Follow,
    Output,
    OutputOption,
    Previous,
    RegionOption,
    Since,
    Tail,
)
from cloudnative_toolchain.errors import ConfigError

Services = Annotated[
    list[str] | None, typer.Argument(metavar="SERVICE", help="Only these services; default: all.")
]


def logs(
    environment: Environment,
    services: Services = None,
    *,
    follow: Follow = False,
    tail: Tail = None,
    since: Since = "",
    region: RegionOption = "",
    previous: Previous = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Print the logs of services. All regions in one stream, by time; JSON is one object a line."""
    from cloudnative.observe.log_stream import lines

    if follow and previous:
        raise ConfigError(
            code="usage",
            what="cloudnative logs",
            why="what ran before has ended: --previous cannot be followed",
            fix=f"cloudnative logs {environment} --previous",
        )
    found = lines(
        environment, services or [], follow=follow, tail=tail, since=since, region=region, previous=previous
    )
    for line in found:
        sys.stdout.write(_text(line) if output is Output.TEXT else json.dumps(line) + "\n")
        sys.stdout.flush()


def _text(line: dict[str, Any]) -> str:
    from cloudnative.wording import clean

    return f"{line['region']}/{line['pod']}  {clean(line['text'])}\n"

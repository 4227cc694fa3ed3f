"""`cloudnative logs ENV [SERVICE...]`."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from cloudnative.options import Environment, Follow, Output, OutputOption, Tail

Services = Annotated[
    list[str] | None, typer.Argument(metavar="SERVICE", help="Only these services; default: all.")
]


def logs(
    environment: Environment,
    services: Services = None,
    follow: Follow = False,
    tail: Tail = 50,
    output: OutputOption = Output.TEXT,
) -> None:
    """Print the logs of services. All regions in one view; JSON is one object a line."""
    from cloudnative.log_streams import lines

    for line in lines(environment, services or [], follow=follow, tail=tail):
        sys.stdout.write(_text(line) if output is Output.TEXT else json.dumps(line) + "\n")
        sys.stdout.flush()


def _text(line: dict[str, Any]) -> str:
    from cloudnative.wording import clean

    return f"{line['region']}/{line['pod']}  {clean(line['text'])}\n"

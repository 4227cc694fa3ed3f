"""`cloudnative graph ENV`."""

from __future__ import annotations

from typing import Any

from cloudnative import present
from cloudnative.commands.status import taken
from cloudnative.options import Environment, GraphFormat, GraphFormatOption, Output, OutputOption


def graph(
    environment: Environment,
    *,
    form: GraphFormatOption = GraphFormat.MERMAID,
    output: OutputOption = Output.TEXT,
) -> None:
    """Draw the environment. Regions, clusters, services, what they need, addresses: Mermaid or SVG."""
    from cloudnative.look import look_at
    from cloudnative.observe.mermaid import mermaid
    from cloudnative.observe.picture import draw
    from cloudnative.observe.svg import svg

    view = look_at(environment)
    data: dict[str, Any] = {"environment": environment, "cloud": view.cloud}
    data["regions"] = draw(view, taken(environment))
    drawn = {**data, "mermaid": mermaid(data), "svg": svg(data)}
    present.result(drawn, output, lambda found: str(found[form.value]))

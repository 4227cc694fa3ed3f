"""`cloudnative metrics ENV [SERVICE]`."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from cloudnative import present
from cloudnative.options import Environment, Metric, Output, OutputOption, Query, RegionOption, Window

Service = Annotated[
    str, typer.Argument(metavar="SERVICE", help="Only this service; default: all.", show_default=False)
]


def metrics(
    environment: Environment,
    service: Service = "",
    *,
    metric: Metric = "http_server_request_duration_seconds",
    window: Window = "2m",
    query: Query = "",
    region: RegionOption = "",
    output: OutputOption = Output.TEXT,
) -> None:
    """Show how services do. Requests a second, share of errors, durations, CPU and memory, by region."""
    from cloudnative.look import look_at
    from cloudnative.observe import service_metrics
    from cloudnative.observe.metrics_text import series_text, text
    from cloudnative.observe.plain_query import ask
    from cloudnative.observe.promql import require_words

    require_words(environment, window=window, metric=metric)
    view = look_at(environment)
    head = {"environment": environment}
    if query:
        found = ask(view, query, region)
        present.result({**head, "query": query, "series": found}, output, series_text)
        return
    regions = service_metrics.of_environment(view, service, metric=metric, window=window, region=region)
    if view.cloud == "emulator" and not _measured(regions):
        sys.stderr.write(f"note: {_nothing_yet()}\n")
    present.result({**head, "metric": metric, "window": window, "regions": regions}, output, text)


def _nothing_yet() -> str:
    from cloudnative.emulator_limits import simulated_pods
    from cloudnative.emulator_link import read_endpoint

    if simulated_pods(read_endpoint()):
        return "pods are simulated, so there is nothing to measure: --query up shows what Prometheus scrapes"
    return "Prometheus has just started, the first numbers come within half a minute"


def _measured(regions: list[dict[str, Any]]) -> bool:
    return any(s["cpu"]["used"] is not None for region in regions for s in region["services"])

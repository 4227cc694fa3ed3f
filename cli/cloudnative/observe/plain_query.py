"""One PromQL query, asked wherever the environment's metrics are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.observe.prometheus_api import PrometheusApi, endpoint_of

if TYPE_CHECKING:
    from cloudnative.look import View


def ask(view: View, query: str, region: str) -> list[dict[str, Any]]:
    """`series` of the JSON of `metrics --query`; a series of no cluster of the environment is left out."""
    from cloudnative.look import region_of

    regions = [region_of(view, region)] if region else report.regions(view.deployment)
    clusters = {str(each["cluster"]): str(each["name"]) for each in regions}
    api = PrometheusApi(view)
    found: list[dict[str, Any]] = []
    for endpoint in dict.fromkeys(endpoint_of(view, each) for each in regions):
        for series in api.query(endpoint, query):
            labels: dict[str, str] = series.get("metric", {})
            cluster = labels.get("cluster", "")
            entry = {"region": clusters.get(cluster, ""), "metric": labels, **_values(series)}
            if (not cluster or cluster in clusters) and entry not in found:
                found.append(entry)
    return found


def _values(series: Any) -> dict[str, Any]:
    return {key: series[key] for key in ("value", "values") if key in series}

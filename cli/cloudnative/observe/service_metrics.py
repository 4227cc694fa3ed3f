"""Rate, errors, duration and saturation of every service in every region."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.observe.amounts import allowance
from cloudnative.observe.prometheus_api import PrometheusApi, Series, endpoint_of
from cloudnative.observe.promql import questions
from cloudnative.observe.region_api import CutError, RegionApi
from cloudnative.observe.services import Workload, listed, workloads
from cloudnative_toolchain.errors import CloudnativeError, ConfigError

if TYPE_CHECKING:
    from cloudnative.look import View

Ask = Callable[[str], Series]
Numbers = Mapping[str, Mapping[tuple[str, str], float]]
_AT_ONCE = 8


def of_environment(
    view: View, service: str, *, metric: str, window: str, region: str
) -> list[dict[str, Any]]:
    """`regions` of the JSON of `metrics`."""
    from cloudnative.look import region_of

    regions = [region_of(view, region)] if region else report.regions(view.deployment)
    _check(view.environment, service, regions)
    api = PrometheusApi(view)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        one = functools.partial(_region, view, api, service=service, metric=metric, window=window)
        return list(pool.map(one, regions))


def _region(
    view: View, api: PrometheusApi, region: Mapping[str, Any], *, service: str, metric: str, window: str
) -> dict[str, Any]:
    """One region; what cannot be asked there is told there, and does not hide the others."""
    head = {"name": region["name"], "cluster": region["cluster"]}
    wanted = [each for each in workloads(region) if service in ("", each.name)]
    endpoint = endpoint_of(view, region)
    try:
        live = _live(view, region, wanted)
        asked = questions(metric, str(region["cluster"]), wanted, window)
        with ThreadPoolExecutor(len(asked)) as pool:
            found = pool.map(functools.partial(api.query, endpoint), asked.values())
            answers = dict(zip(asked, found, strict=True))
    except CutError as cut:
        return {**head, "services": [], "problem": f"the cluster does not answer: {cut}"}
    except CloudnativeError as error:
        if isinstance(error, ConfigError) or error.code == "metrics.refused":
            raise
        return {**head, "services": [], "problem": str(error)}
    numbers = {name: by_service(series) for name, series in answers.items()}
    return {**head, "services": [service_row(each, live.get(each), numbers) for each in wanted]}


def by_service(series: Series) -> dict[tuple[str, str], float]:
    """(namespace, service) -> value; a quantile of nothing is NaN and counts as unknown."""
    found: dict[tuple[str, str], float] = {}
    for each in series:
        labels, value = each["metric"], float(each["value"][1])
        if "service" in labels and not math.isnan(value):
            found[labels.get("namespace", ""), labels["service"]] = value
    return found


def service_row(workload: Workload, live: Mapping[str, Any] | None, numbers: Numbers) -> dict[str, Any]:
    """One service: null is what nobody measures, 0 is what was measured as nothing."""
    key = (workload.namespace, workload.name)
    measured = key in numbers["known"]
    rate = numbers["rate"].get(key, 0.0) if measured else None
    errors = numbers["errors"].get(key, 0.0) if measured else None
    return {
        "name": workload.name,
        "kind": workload.kind.rpartition("/")[2],
        "rate": rate,
        "errors": errors,
        "error_ratio": errors / rate if rate and errors is not None else (0.0 if measured else None),
        "p50": numbers["p50"].get(key),
        "p95": numbers["p95"].get(key),
        "cpu": _saturation(numbers["cpu"].get(key), live, "cpu"),
        "memory": _saturation(numbers["memory"].get(key), live, "memory"),
    }


def _saturation(used: float | None, live: Mapping[str, Any] | None, resource: str) -> dict[str, float | None]:
    kinds = ("limits", "requests")
    limit, request = (allowance(live, kind, resource) if live else None for kind in kinds)
    return {"used": used, "limit": limit, "request": request}


def _live(view: View, region: Mapping[str, Any], wanted: list[Workload]) -> dict[Workload, Mapping[str, Any]]:
    from cloudnative.kubernetes import access

    api = RegionApi(str(region["name"]), lambda: access(view.arm(), str(region["id"])))
    return dict(listed(api, wanted))


def _check(environment: str, service: str, regions: list[dict[str, Any]]) -> None:
    known = sorted({each.name for region in regions for each in workloads(region)})
    if not known:
        raise ConfigError(
            code="service.unknown",
            what=f"nothing runs in {environment}",
            why="nothing was released to it yet",
            fix=f"cloudnative up {environment}",
        )
    if service and service not in known:
        raise ConfigError(
            code="service.unknown",
            what=f"no service {service} in {environment}",
            why=f"services: {', '.join(known)}",
            fix=f"cloudnative metrics {environment}",
        )

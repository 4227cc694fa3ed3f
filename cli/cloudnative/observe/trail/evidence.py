"""What is asked of an environment for its trail: everything at once, nothing longer than the time limit."""

from __future__ import annotations

import concurrent.futures
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from cloudnative import report
from cloudnative.absent import NONE, NOTHING
from cloudnative.observe.prometheus_api import PrometheusApi, endpoint_of
from cloudnative.observe.region_api import CutError, GoneError, RegionApi
from cloudnative.observe.services import Workload, listed, workloads
from cloudnative.observe.trail.pipelines import Pipeline, pipeline_of
from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from cloudnative.look import View

SECONDS = 10.0
LEDGERS = "/api/v1/namespaces/cloudnative-system/configmaps"
T = TypeVar("T")
Object = Mapping[str, Any]


@dataclass(frozen=True)
class RegionNow:
    """One region as its API server and its Prometheus tell it; `problem` where they do not."""

    name: str
    cluster: str
    problem: str = ""
    wanted: list[Workload] = field(default_factory=list[Workload])
    bundles: dict[str, str] = field(default_factory=dict[str, str])  # application -> what was released
    live: dict[Workload, Object] = field(default_factory=dict[Workload, Object])
    pods: list[Object] = field(default_factory=list[Object])
    services: list[Object] = field(default_factory=list[Object])
    slices: list[Object] = field(default_factory=list[Object])
    claims: list[Object] = field(default_factory=list[Object])
    namespaces: list[Object] = field(default_factory=list[Object])
    nodes: list[Object] = field(default_factory=list[Object])
    ledgers: list[Object] = field(default_factory=list[Object])
    scraped: dict[str, bool] | None = None  # pod -> whether its last scrape worked
    metrics_problem: str = ""
    metrics_off: str = ""  # the command that turns them on, where the environment has none


@dataclass(frozen=True)
class Evidence:
    """Everything the steps judge from."""

    environment: str
    cloud: str
    images: dict[str, str]  # service -> digest that was released
    regions: list[RegionNow]
    registry: Object | None
    registry_problem: str
    pipeline: Pipeline


def gather(view: View, seconds: float = SECONDS) -> Evidence:
    """All of it in parallel; what has not answered in time is told as a problem, never as absent."""
    regions = report.regions(view.deployment)
    pool = concurrent.futures.ThreadPoolExecutor(len(regions) + 1)
    asked = [pool.submit(_region, view, each) for each in regions]
    registry = pool.submit(_registry, view)
    everything: list[concurrent.futures.Future[Any]] = [*asked, registry]
    concurrent.futures.wait(everything, timeout=seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    found = [_result(future, _late(each, seconds)) for future, each in zip(asked, regions, strict=True)]
    document, problem = _result(registry, (None, f"no answer within {seconds:g} s"))
    return Evidence(
        environment=view.environment,
        cloud=view.cloud,
        images=report.images(view.deployment),
        regions=found,
        registry=document,
        registry_problem=problem,
        pipeline=pipeline_of(view.environment),
    )


def _late(region: Object, seconds: float) -> RegionNow:
    problem = f"no answer within {seconds:g} s"
    return RegionNow(str(region["name"]), str(region["cluster"]), problem, wanted=workloads(region))


def _result(future: concurrent.futures.Future[T], otherwise: T) -> T:
    return future.result() if future.done() and not future.cancelled() else otherwise


def _region(view: View, region: Object) -> RegionNow:
    from cloudnative.kubernetes import access

    name, cluster, wanted = str(region["name"]), str(region["cluster"]), workloads(region)
    api = RegionApi(name, lambda: access(view.arm(), str(region["id"])))
    namespaces = sorted({each.namespace for each in wanted})
    try:
        return RegionNow(
            name,
            cluster,
            wanted=wanted,
            bundles=_bundles(view, region),
            live=dict(listed(api, wanted)),
            pods=_items(api, namespaces, "/api/v1/namespaces/{}/pods"),
            services=_items(api, namespaces, "/api/v1/namespaces/{}/services"),
            slices=_items(api, namespaces, "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices"),
            claims=_items(api, namespaces, "/api/v1/namespaces/{}/persistentvolumeclaims"),
            namespaces=[_one(api, f"/api/v1/namespaces/{each}") for each in namespaces],
            nodes=_items(api, [""], "/api/v1/nodes"),
            ledgers=_items(api, [""], LEDGERS),
            **_scraped(view, region),
        )
    except (CutError, CloudnativeError) as problem:
        return RegionNow(name, cluster, str(problem), wanted=wanted)


def _bundles(view: View, region: Object) -> dict[str, str]:
    """The bundle that each application's release was last given, by its digest."""
    found = report.releases_in(view.deployment, str(region["id"]))
    return {
        str(r["inputs"].get("application", "")): str((r["inputs"].get("bundle") or NOTHING).get("ref", ""))
        for r in found
    }


def _items(api: RegionApi, namespaces: list[str], path: str) -> list[Object]:
    found: list[Object] = []
    for namespace in namespaces:
        try:
            found += api.get(path.format(namespace)).get("items") or NONE
        except GoneError:
            continue  # the namespace is gone, and with it everything in it
    return found


def _one(api: RegionApi, path: str) -> Object:
    try:
        return api.get(path)
    except GoneError:
        return {"metadata": {"name": path.rpartition("/")[2], "labels": {}, "missing": True}}


def _scraped(view: View, region: Object) -> dict[str, Any]:
    try:
        endpoint = endpoint_of(view, region)
        query = f'up{{cluster="{region["cluster"]}",kubernetes_pod_name!=""}}'
        series = PrometheusApi(view).query(endpoint, query)
    except CloudnativeError as problem:
        off = problem.fix if problem.code == "metrics.off" else ""
        return {"metrics_problem": str(problem), "metrics_off": off}
    return {"scraped": {s["metric"]["kubernetes_pod_name"]: s["value"][1] == "1" for s in series}}


def _registry(view: View) -> tuple[Object | None, str]:
    found = report.of_type(view.deployment, report.REGISTRY)
    if not found:
        return None, ""
    try:
        return view.arm().get(str(found[0]["id"]), "2025-04-01"), ""
    except CloudnativeError as problem:
        return None, str(problem)


def ledger_of(found: Object) -> Mapping[str, Any]:
    """What a ledger says runs now."""
    try:
        return json.loads((found.get("data") or NOTHING).get("current", "{}"))
    except ValueError:
        return {}

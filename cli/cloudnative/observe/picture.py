"""What the picture of an environment shows: regions, clusters, services, who needs whom, addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.absent import NONE, NOTHING
from cloudnative.observe.region_api import CutError, RegionApi
from cloudnative.observe.services import Workload, listed, workloads

if TYPE_CHECKING:
    from cloudnative.look import View

DEPENDS_ON = "cloudnative/depends-on"
_HOST = re.compile(r"(?:^|//|@)([a-z0-9][a-z0-9-]*)(?=[:/.]|$)")


def draw(view: View, status: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`regions` of the JSON of `graph`; `status` is the JSON of `status`."""
    known = {region["name"]: region for region in report.regions(view.deployment)}
    return [_region(view, known[region["name"]], region) for region in status["regions"]]


def _region(view: View, known: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, Any]:
    urls: dict[str, list[str]] = {}
    for endpoint in known["endpoints"]:
        urls.setdefault(str(endpoint["service"]), []).append(str(endpoint["url"]))
    live = _live(view, known)
    names = {each.name for each in workloads(known)}
    needs = {workload.name: needed(found, names) for workload, found in live.items()}
    ready = {service["name"]: service for service in status["services"]}
    services = [
        {
            "name": each.name,
            "kind": each.kind.rpartition("/")[2],
            "ready": ready[each.name]["ready"] if each.name in ready else None,
            "desired": ready[each.name]["desired"] if each.name in ready else None,
            "depends_on": needs.get(each.name, []),
            "urls": urls.get(each.name, []),
        }
        for each in workloads(known)
    ]
    cluster = status["cluster"]
    return {
        "name": status["name"],
        "cluster": cluster["name"],
        "state": cluster["state"],
        "release": status["release"],
        "services": services,
    }


def needed(workload: Mapping[str, Any], names: set[str]) -> list[str]:
    """The services that a workload says it depends on, and those that its settings name as hosts."""
    annotations = workload["metadata"].get("annotations") or NOTHING
    said = [part.partition(":")[0] for part in annotations.get(DEPENDS_ON, "").split(",")]
    spec = ((workload.get("spec") or NOTHING).get("template") or NOTHING).get("spec") or NOTHING
    values = [
        str(variable.get("value", ""))
        for container in spec.get("containers") or NONE
        for variable in container.get("env") or NONE
    ]
    found = {*said, *(host for value in values for host in _HOST.findall(value))}
    return sorted((found & names) - {workload["metadata"]["name"]})


def _live(view: View, region: Mapping[str, Any]) -> dict[Workload, Mapping[str, Any]]:
    from cloudnative.kubernetes import access

    api = RegionApi(str(region["name"]), lambda: access(view.arm(), str(region["id"])))
    try:
        return dict(listed(api, workloads(region)))
    except CutError:
        return {}  # the region's state says that it does not answer

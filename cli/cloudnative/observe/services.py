"""Which pods belong to which service: the selectors of the workloads that a release brought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudnative.absent import NONE, NOTHING
from cloudnative.kubernetes import PLURALS
from cloudnative.observe.region_api import GoneError, RegionApi


@dataclass(frozen=True)
class Workload:
    """A service's Deployment, StatefulSet, DaemonSet or Job."""

    kind: str  # as the ledger writes it: apps/v1/Deployment
    namespace: str
    name: str


def workloads(region: Mapping[str, Any]) -> list[Workload]:
    """The workloads among the objects of a region's releases."""
    keys = (key.rsplit("/", 2) for key in region["objects"])
    return [Workload(kind, namespace, name) for kind, namespace, name in keys if kind in PLURALS]


class Selectors:
    """Finds the service of a pod."""

    def __init__(self, api: RegionApi, wanted: list[Workload]) -> None:
        self._found: list[tuple[str, str, dict[str, str]]] = []
        for workload, item in listed(api, wanted):
            labels = ((item.get("spec") or NOTHING).get("selector") or NOTHING).get("matchLabels")
            if labels:
                self._found.append((workload.namespace, workload.name, dict(labels)))

    def service(self, pod: Mapping[str, Any]) -> str | None:
        """The service whose selector finds the pod; None where none does."""
        meta = pod["metadata"]
        labels = (meta.get("labels") or NOTHING).items()
        return next(
            (
                name
                for namespace, name, wanted in self._found
                if namespace == meta["namespace"] and wanted.items() <= labels
            ),
            None,
        )


def listed(api: RegionApi, wanted: list[Workload]) -> Iterator[tuple[Workload, Mapping[str, Any]]]:
    """Those of the workloads that are there, as they are now."""
    for kind, namespace in sorted({(each.kind, each.namespace) for each in wanted}):
        for item in _list(api, kind, namespace):
            found = Workload(kind, namespace, str(item["metadata"]["name"]))
            if found in wanted:
                yield found, item


def _list(api: RegionApi, kind: str, namespace: str) -> list[Mapping[str, Any]]:
    path = PLURALS[kind].format(namespace, "").rstrip("/")
    try:
        return api.get(path).get("items") or list(NONE)
    except GoneError:
        return []

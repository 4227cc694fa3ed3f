"""Log lines of many containers in one stream, bounded, ended together."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cloudnative import report
from cloudnative.absent import NOTHING
from cloudnative.emulator_limits import note_simulation
from cloudnative.kubernetes import PLURALS, Cluster, access
from cloudnative.look import look_at
from cloudnative_toolchain.errors import ConfigError

MOST_WAITING = 1000


@dataclass(frozen=True)
class Source:
    """One container of one pod."""

    cluster: Cluster
    region: str
    service: str
    namespace: str
    pod: str
    container: str


def lines(environment: str, services: list[str], *, follow: bool, tail: int) -> Iterator[dict[str, Any]]:
    """Lines of the services (all when none is named), as they come."""
    view = look_at(environment)
    note_simulation(view.cloud)
    regions = report.regions(view.deployment)
    _check(environment, services, regions)
    arm = view.arm()
    found: list[Source] = []
    for region in regions:
        cluster = Cluster(access(arm, region["id"]), region["cluster"])
        found += _sources(cluster, region, services)
    yield from _merged(found, follow=follow, tail=tail)


def _workloads(region: dict[str, Any]) -> list[tuple[str, str, str]]:
    keys = (key.rsplit("/", 2) for key in region["objects"])
    return [(kind, namespace, name) for kind, namespace, name in keys if kind in PLURALS]


def _check(environment: str, services: list[str], regions: list[dict[str, Any]]) -> None:
    known = sorted({name for region in regions for _, _, name in _workloads(region)})
    unknown = [service for service in services if service not in known]
    if unknown or not known:
        raise ConfigError(
            code="service.unknown",
            what=f"no service {', '.join(unknown)} in {environment}"
            if unknown
            else f"nothing runs in {environment}",
            why=f"services: {', '.join(known)}" if known else "nothing was released to it yet",
            fix=f"cloudnative logs {environment}" if known else f"cloudnative up {environment}",
        )


def _sources(cluster: Cluster, region: dict[str, Any], services: list[str]) -> list[Source]:
    found: list[Source] = []
    for kind, namespace, name in _workloads(region):
        live = (
            cluster.get(PLURALS[kind].format(namespace, name)) if not services or name in services else None
        )
        selector = ((live or NOTHING).get("spec") or NOTHING).get("selector", NOTHING).get("matchLabels")
        for pod in cluster.pods(namespace, selector) if selector else []:
            found += [
                Source(cluster, region["name"], name, namespace, pod["metadata"]["name"], container["name"])
                for container in pod["spec"]["containers"]
            ]
    return found


def _merged(sources: list[Source], *, follow: bool, tail: int) -> Iterator[dict[str, Any]]:
    waiting: queue.Queue[dict[str, Any] | Exception | None] = queue.Queue(MOST_WAITING)

    def read(source: Source) -> None:
        stream = source.cluster.log_lines(
            source.namespace, source.pod, source.container, tail=tail, follow=follow
        )
        try:
            for text in stream:
                waiting.put(
                    {"region": source.region, "service": source.service, "pod": source.pod, "text": text}
                )
        except Exception as error:  # noqa: BLE001 - raised again below, on the caller's thread
            waiting.put(error)
        waiting.put(None)

    for source in sources:
        threading.Thread(target=read, args=(source,), daemon=True).start()
    running = len(sources)
    while running:
        line = waiting.get()
        if isinstance(line, Exception):
            raise line
        if line is None:
            running -= 1
        else:
            yield line

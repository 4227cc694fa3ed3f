"""The logs of an environment as one stream: all regions, all pods, in the order of time."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.emulator_limits import note_simulation
from cloudnative.observe.container_log import ContainerLog, Wish
from cloudnative.observe.merging import Merge
from cloudnative.observe.pods import Pod, Pods, containers, state_of
from cloudnative.observe.region_api import CutError, RegionApi
from cloudnative.observe.services import Selectors, Workload, workloads
from cloudnative_toolchain.errors import CloudnativeError, ConfigError

if TYPE_CHECKING:
    from cloudnative.kubernetes import Access
    from cloudnative.look import View

_DEFAULT_TAIL = 50
_LAST_DELAY = 2.0
# what starts later is read from its first line
_AFTERWARDS = Wish(follow=True, tail=None, since=None, previous=False)
_stderr = threading.Lock()


def lines(
    environment: str,
    services: list[str],
    *,
    follow: bool,
    tail: int | None = None,
    since: str = "",
    region: str = "",
    previous: bool = False,
) -> Iterator[dict[str, Any]]:
    """Lines of the services (all when none is named), one JSON object each; none of simulated pods."""
    from cloudnative.look import look_at, region_of

    start = since_time(since) if since else None
    view = look_at(environment)
    simulated = note_simulation(view.cloud)
    regions = [region_of(view, region)] if region else report.regions(view.deployment)
    _check(environment, services, regions)
    if simulated:
        return  # what is not run writes nothing, and no kubelet could be asked
    lines_back = _DEFAULT_TAIL if tail is None and not start and not previous else tail
    wish = Wish(follow=follow, tail=lines_back, since=start, previous=previous)
    merge = Merge() if follow else Merge(patience=None)
    for each in regions:
        _Region(view, each, services, wish, merge).start()
    for label, line in merge:
        yield {**label, "time": line.time, "text": line.text}


def since_time(text: str) -> str:
    """RFC 3339 of `90s`, `15m`, `2h`, `1d` ago, or of a time that is written out."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    try:
        if text[-1:] in units:
            at = datetime.now(UTC) - timedelta(seconds=_amount(text[:-1]) * units[text[-1]])
        else:
            at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            code="logs.since",
            what=f"--since {text}",
            why="it is neither a duration such as 90s, 15m, 2h or 1d nor a time such as 2026-11-23T12:00:00Z",
            fix="cloudnative logs --help",
        ) from error
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _amount(text: str) -> float:
    if text.startswith("-"):
        raise ValueError(text)  # what is still to come is in no log
    return float(text)


def _check(environment: str, services: list[str], regions: list[dict[str, Any]]) -> None:
    known = sorted({each.name for region in regions for each in workloads(region)})
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


class _Region:
    """One region: its pods are found, then watched; each container gets a reader."""

    def __init__(
        self, view: View, region: Mapping[str, Any], services: list[str], wish: Wish, merge: Merge
    ) -> None:
        self._name, self._services, self._wish, self._merge = str(region["name"]), services, wish, merge
        self._api = RegionApi(self._name, _sign_in(view, str(region["id"])))
        self._workloads = workloads(region)
        self._selectors: Selectors | None = None
        self._readers: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._pods = [
            Pods(self._api, namespace, self._seen)
            for namespace in sorted({each.namespace for each in self._workloads})
        ]

    def start(self) -> None:
        """One thread a namespace; nothing goes out before each has listed its pods, or taken too long."""
        for pods in self._pods:
            lane = self._merge.lane()
            self._run(lambda pods=pods, lane=lane: self._watch(pods, lane))

    def _watch(self, pods: Pods, lane: Any) -> None:
        try:
            self._watch_for_ever(pods, lane)
        except CloudnativeError as failure:
            self._merge.fail(failure)
        finally:
            self._merge.end(lane)

    def _watch_for_ever(self, pods: Pods, lane: Any) -> None:
        delay, cut_off = 0.2, False
        while True:
            try:
                self._selectors = self._selectors or Selectors(self._api, self._wanted())
                pods.read()
                self._merge.caught_up(lane)
                if not self._wish.follow:
                    return
                if cut_off:
                    _note(f"{self._name} answers again")
                delay, cut_off = 0.2, False
                pods.follow()
            except CutError as cut:
                if not self._wish.follow:
                    raise _unreachable(self._name, cut) from cut
                self._merge.lost(lane)
                if delay >= _LAST_DELAY and not cut_off:
                    cut_off = True
                    _note(f"no connection to {self._name}, trying again: {cut}")
                time.sleep(delay)
                delay = min(delay * 2, _LAST_DELAY)

    def _wanted(self) -> list[Workload]:
        return [each for each in self._workloads if not self._services or each.name in self._services]

    def _seen(self, pod: Pod) -> None:
        """A pod as it is now: whichever of its containers has a log now gets a reader."""
        service = self._selectors.service(pod) if self._selectors else None
        if service is None:
            return
        meta = pod["metadata"]
        for name in containers(pod):
            state, key = state_of(pod, name), (str(meta["uid"]), name)
            self._merge.starting("/".join(key), starts=state.starting and not meta.get("deletionTimestamp"))
            with self._lock:
                if not state.started or key in self._readers or (self._wish.previous and not state.restarts):
                    continue
                self._readers.add(key)
            self._read(pod, name, service)

    def _read(self, pod: Pod, container: str, service: str) -> None:
        pods = next(p for p in self._pods if p.namespace == pod["metadata"]["namespace"])
        label = {"region": self._name, "service": service, "pod": str(pod["metadata"]["name"])}
        lane = self._merge.lane(**label, container=container)
        wish = _AFTERWARDS if pods.version else self._wish
        log = ContainerLog(self._api, pods, self._merge, lane, pod=pod, container=container, wish=wish)
        self._run(log.run)

    def _run(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, daemon=True, name=f"logs {self._name}").start()


def _sign_in(view: View, cluster_id: str) -> Callable[[], Access]:
    def sign_in() -> Access:
        from cloudnative.kubernetes import access

        return access(view.arm(), cluster_id)

    return sign_in


def _unreachable(region: str, cut: CutError) -> CloudnativeError:
    return CloudnativeError(
        code="cluster.unreachable",
        what=f"no answer from the cluster in {region}",
        why=str(cut),
        fix="cloudnative emulator status",
    )


def _note(text: str) -> None:
    with _stderr:
        sys.stderr.write(f"note: {text}\n")
        sys.stderr.flush()

"""The log of one container from where the user asked, through restarts and lost connections, to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from cloudnative.observe.log_lines import Line, Position, parse
from cloudnative.observe.merging import Lane, Merge
from cloudnative.observe.pods import ContainerState, Pod, Pods, is_over, state_of
from cloudnative.observe.region_api import CutError, GoneError, RegionApi
from cloudnative_toolchain.errors import CloudnativeError

_FIRST_DELAY, _LAST_DELAY = 0.2, 2.0


@dataclass(frozen=True)
class Wish:
    """What the user wants of every log."""

    follow: bool
    tail: int | None  # last lines of what was there at the start; None: all
    since: str | None  # RFC 3339
    previous: bool  # of the instance before the present one


class ContainerLog:
    """Reads one container into one lane; `run` on a thread of its own."""

    def __init__(
        self, api: RegionApi, pods: Pods, merge: Merge, lane: Lane, *, pod: Pod, container: str, wish: Wish
    ) -> None:
        meta = pod["metadata"]
        self._path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/log"
        self._uid, self._container, self._wish = str(meta["uid"]), container, wish
        self._api, self._pods, self._merge, self._lane = api, pods, merge, lane
        self._position = Position()
        self._restarts = state_of(pod, container).restarts

    def run(self) -> None:
        """Until the log has ended for good; errors that waiting does not heal end everything."""
        try:
            self._follow() if self._wish.follow else self._once()
        except CloudnativeError as failure:
            self._merge.fail(failure)
        finally:
            self._merge.end(self._lane)

    def _once(self) -> None:
        try:
            self._read(follow=False, previous=self._wish.previous)
        except GoneError:
            return  # it went between list and read
        except CutError as cut:
            raise CloudnativeError(
                code="cluster.unreachable",
                what=f"no log of {self._lane.label['pod']} from the cluster in {self._api.region}",
                why=str(cut),
                fix="cloudnative emulator status",
            ) from cut

    def _follow(self) -> None:
        delay = _FIRST_DELAY
        while True:
            state = self._state()
            try:
                if state and state.restarts > self._restarts:
                    self._rest_of_previous(state)
                self._read(follow=True, previous=False)
            except GoneError:
                return
            except CutError:
                self._merge.lost(self._lane)
                time.sleep(delay)
                delay = min(delay * 2, _LAST_DELAY)
                continue
            delay = _FIRST_DELAY
            if state is None:
                return
            if state.ended and not self._starts_again(state):
                return
            if not state.ended:
                self._pods.wait(_FIRST_DELAY)  # the log ended before the pod's status says so

    def _state(self) -> ContainerState | None:
        pod = self._pods.get(self._uid)
        return state_of(pod, self._container) if pod else None

    def _starts_again(self, was: ContainerState) -> bool:
        """Waits until the container has another instance; False when it will have none."""
        while True:
            pod = self._pods.get(self._uid)
            if pod is None or is_over(pod):
                return False
            now = state_of(pod, self._container)
            if now.restarts > was.restarts or not now.ended:
                return True
            self._pods.wait(1)

    def _rest_of_previous(self, state: ContainerState) -> None:
        """What the instance before wrote after we last heard of it."""
        try:
            self._read(follow=False, previous=True)
        except CutError as cut:
            if not str(cut).startswith("400"):  # 400: its log is not there any more
                raise
        self._restarts = state.restarts

    def _read(self, *, follow: bool, previous: bool) -> None:
        query = {"container": self._container, "timestamps": "true", **self._from()}
        query |= {name: "true" for name, on in (("follow", follow), ("previous", previous)) if on}
        read_seconds = None if follow else 30
        with self._api.lines(self._path, read_seconds=read_seconds, **query) as pieces:
            self._merge.opened(self._lane)
            for raw in pieces:
                self._merge.push(self._lane, self._new(raw))

    def _from(self) -> dict[str, str]:
        if since := self._position.resume():
            return {"sinceTime": since}
        wish = self._wish
        found = {"sinceTime": wish.since} if wish.since else dict[str, str]()
        return found if wish.tail is None else {**found, "tailLines": str(wish.tail)}

    def _new(self, raw: list[bytes]) -> Iterator[Line]:
        for each in filter(None, raw):
            line = parse(each)
            if line is None:
                raise CutError(each.decode(errors="replace"))
            if self._position.is_new(each, line.at):
                yield line

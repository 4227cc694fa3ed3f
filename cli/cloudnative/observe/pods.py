"""The pods of a namespace as they are now, followed by a watch."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudnative.absent import NONE, NOTHING
from cloudnative.observe.region_api import CutError, GoneError, RegionApi

Pod = Mapping[str, Any]
_WATCH_SECONDS = 240


@dataclass(frozen=True)
class ContainerState:
    """What a pod's status says of one of its containers."""

    restarts: int
    started: bool  # it has a log
    starting: bool  # nothing stands in its way
    ended: bool  # its present instance has ended


def containers(pod: Pod) -> list[str]:
    """Names of its containers, those that run first included."""
    spec = pod.get("spec") or NOTHING
    return [c["name"] for kind in ("initContainers", "containers") for c in spec.get(kind) or NONE]


def state_of(pod: Pod, container: str) -> ContainerState:
    """The container's state; of one that has none yet, that it has not started."""
    status = pod.get("status") or NOTHING
    listed = [
        *(status.get("initContainerStatuses") or NONE),
        *(status.get("containerStatuses") or NONE),
    ]
    found = next((each for each in listed if each["name"] == container), NOTHING)
    state, last = found.get("state") or NOTHING, found.get("lastState") or NOTHING
    return ContainerState(
        restarts=int(found.get("restartCount", 0)),
        started="running" in state or "terminated" in state or "terminated" in last,
        starting=not is_over(pod)
        and (state.get("waiting") or {"reason": "ContainerCreating"}).get("reason")
        in ("ContainerCreating", "PodInitializing")
        and "running" not in state
        and "terminated" not in state,
        ended="running" not in state,
    )


def is_over(pod: Pod) -> bool:
    """Whether none of its containers will run again."""
    return (pod.get("status") or NOTHING).get("phase") in ("Succeeded", "Failed")


class Pods:
    """Pods of one namespace of one region by uid; whoever waits is told of every change."""

    def __init__(self, api: RegionApi, namespace: str, seen: Callable[[Pod], None]) -> None:
        self.namespace, self.version = namespace, ""  # the version of the last list
        self._api, self._seen = api, seen
        self._pods: dict[str, Pod] = {}
        self._changed = threading.Condition()

    @property
    def _path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"

    def get(self, uid: str) -> Pod | None:
        """The pod as it is now; None when it is gone."""
        with self._changed:
            return self._pods.get(uid)

    def wait(self, seconds: float) -> None:
        """Until any pod changes, so long at most."""
        with self._changed:
            self._changed.wait(seconds)

    def read(self) -> None:
        """Read all of them. A namespace that is gone has none."""
        answer: dict[str, Any] = {"items": [], "metadata": {}}
        with contextlib.suppress(GoneError):
            answer = self._api.get(self._path)
        with self._changed:
            before, self._pods = self._pods, {pod["metadata"]["uid"]: pod for pod in answer["items"]}
            self._changed.notify_all()
        for pod in [*answer["items"], *(_gone(pod) for uid, pod in before.items() if uid not in self._pods)]:
            self._seen(pod)
        self.version = str(answer["metadata"].get("resourceVersion", "0"))

    def follow(self) -> None:
        """Keep them current until the watch ends, as watches do; the caller lists again."""
        query = {
            "watch": "1",
            "resourceVersion": self.version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        with self._api.lines(self._path, read_seconds=_WATCH_SECONDS + 20, **query) as pieces:
            for change, pod in _changes(pieces):
                self._take(change, pod)

    def _take(self, change: str, pod: Pod) -> None:
        with self._changed:
            if change == "DELETED":
                self._pods.pop(pod["metadata"]["uid"], None)
            else:
                self._pods[pod["metadata"]["uid"]] = pod
            self._changed.notify_all()
        self._seen(_gone(pod) if change == "DELETED" else pod)


def _gone(pod: Pod) -> Pod:
    """The pod with the mark of one that goes; it may have gone without a grace time."""
    return {**pod, "metadata": {"deletionTimestamp": "now", **pod["metadata"]}}


def _changes(pieces: Iterator[list[bytes]]) -> Iterator[tuple[str, Pod]]:
    for lines in pieces:
        for line in lines:
            event = json.loads(line)
            if event["type"] == "ERROR":
                raise CutError(str(event["object"].get("message")))
            if event["type"] != "BOOKMARK":
                yield event["type"], event["object"]

"""Pods as a release reads them: which are of the new version, what their containers say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .objects import part, parts

Object = Mapping[str, Any]
PULL = {"ImagePullBackOff", "ErrImagePull"}
CONFIG = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}


@dataclass(frozen=True)
class Moment:
    """What a release sees of its namespaces at one time."""

    workloads: Sequence[Object]
    replica_sets: Sequence[Object] = ()
    pods: Sequence[Object] = ()
    events: Sequence[Object] = ()
    claims: Sequence[Object] = ()


def new_pods(moment: Moment) -> list[Object]:
    """The pods of the version being rolled out; those of older versions prove nothing about it."""
    owners = {uid for workload in moment.workloads for uid in _new_owners(workload, moment.replica_sets)}
    revisions = {
        workload["metadata"]["uid"]: part(workload, "status").get("updateRevision")
        for workload in moment.workloads
        if workload["kind"] == "StatefulSet"
    }
    return [pod for pod in moment.pods if _belongs(pod, owners, revisions)]


def pods_of(moment: Moment, workload: Object) -> list[Object]:
    """The new pods of one workload."""
    return new_pods(replace(moment, workloads=[workload]))


def restarts(pods: Iterable[Object]) -> dict[str, int]:
    """Restart counts by `namespace/pod/container`."""
    return {
        container_name(pod, status): status.get("restartCount", 0) for pod in pods for status in statuses(pod)
    }


def in_trouble(pod: Object) -> bool:
    """True when a container waits after a failure, or has just failed."""
    return any(
        part(status, "state", "waiting").get("reason") in PULL | CONFIG | {"CrashLoopBackOff"}
        or last_crash(status) is not None
        for status in statuses(pod)
    )


def last_crash(status: Object) -> Object | None:
    """How the container ended last, when it is down now because of that."""
    state: Mapping[str, Any] = part(status, "state")
    ended = state.get("terminated")
    if ended is None and part(state, "waiting").get("reason") == "CrashLoopBackOff":
        ended = part(status, "lastState").get("terminated") or {"exitCode": 1, "reason": "Error"}
    if ended is None or (ended.get("exitCode") == 0 and "waiting" not in state):
        return None
    return ended


def statuses(pod: Object) -> list[Object]:
    """What each container of a pod says of itself, those that run first first."""
    status: Mapping[str, Any] = part(pod, "status")
    return [*(parts(status, "initContainerStatuses")), *(parts(status, "containerStatuses"))]


def name_of(obj: Object) -> str:
    """`namespace/name`."""
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def container_name(pod: Object, status: Object) -> str:
    """`namespace/pod/container`."""
    return f"{name_of(pod)}/{status['name']}"


def _new_owners(workload: Object, replica_sets: Sequence[Object]) -> list[str]:
    """Owners of the new version's pods; none before the controller made them: what is there then is old."""
    uid = workload["metadata"]["uid"]
    if workload["kind"] == "Job":  # its pods never change, and it reports no observed generation
        return [uid]
    if part(workload, "status").get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return []
    if workload["kind"] != "Deployment":
        return [uid]
    revision = _annotation(workload, "deployment.kubernetes.io/revision")
    return [
        one["metadata"]["uid"]
        for one in replica_sets
        if uid in _owner_uids(one) and _annotation(one, "deployment.kubernetes.io/revision") == revision
    ]


def _belongs(pod: Object, owners: set[str], revisions: Mapping[str, str | None]) -> bool:
    mine = owners.intersection(_owner_uids(pod))
    if not mine or pod["metadata"].get("deletionTimestamp"):
        return False
    wanted = revisions.get(next(iter(mine)))
    labels: Mapping[str, str] = part(pod["metadata"], "labels")
    return wanted is None or labels.get("controller-revision-hash") == wanted


def _annotation(obj: Object, name: str) -> str:
    return part(obj["metadata"], "annotations").get(name, "")


def _owner_uids(obj: Object) -> list[str]:
    return [owner["uid"] for owner in parts(obj["metadata"], "ownerReferences")]

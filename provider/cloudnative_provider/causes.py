"""Why pods do not become ready: pure rules from recorded pod states and events to root causes.

Each cause says how long it must last before it is certain: a missing image is certain at once, a crash only
when nothing that the container may wait for is still starting.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .objects import part, parts

Object = Mapping[str, Any]
_PULL = {"ImagePullBackOff", "ErrImagePull"}
_CONFIG = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
_NO_ACCESS = ("401", "403", "unauthorized", "denied", "forbidden")
_NOT_THERE = ("not found", "manifest unknown", "404")
_AT_TIMEOUT = math.inf
_REFRESH = "cloudnative up {environment} --refresh"  # makes the missing role assignment again


@dataclass(frozen=True)
class Cause:
    """One root cause; `patience` is for how many seconds it may still pass by itself."""

    code: str
    where: str
    why: str
    patience: float
    fix: str = ""
    logs: tuple[str, str, str, bool] | None = field(default=None, compare=False)

    @property
    def identity(self) -> tuple[str, str]:
        """The same trouble at two times has the same identity, whatever its words."""
        return self.code, self.where

    def mend(self, environment: str) -> str:
        """The command that mends it, empty where none does."""
        return self.fix.format(environment=environment)


@dataclass(frozen=True)
class Patience:
    """Seconds that a cloud may need before trouble of a kind is believed."""

    access: float = 0.0
    schedule: float = 15.0
    crash: float = 60.0


EMULATOR = Patience()
AZURE = Patience(access=120.0, schedule=300.0)  # role assignments travel; the autoscaler adds nodes


@dataclass(frozen=True)
class Moment:
    """What a release sees of its namespaces at one time."""

    workloads: Sequence[Object]
    replica_sets: Sequence[Object] = ()
    pods: Sequence[Object] = ()
    events: Sequence[Object] = ()
    claims: Sequence[Object] = ()


def causes(moment: Moment, patience: Patience, *, settled: bool, baseline: Mapping[str, int]) -> list[Cause]:
    """Every root cause in sight, the certain ones first.

    `settled`: nothing else of the release is still starting. `baseline`: restarts of each container when
    that became so; only later crashes are certain.
    """
    found: list[Cause] = []
    for pod in new_pods(moment):
        found += _scheduling(pod, patience)
        for status in _statuses(pod):
            found += _container(pod, status, patience, settled=settled, baseline=baseline)
    found += [cause for workload in moment.workloads for cause in _workload(workload)]
    found += _from_events(moment)
    return sorted(found, key=lambda cause: cause.patience)


def new_pods(moment: Moment) -> list[Object]:
    """The pods of the version being rolled out; those of older versions prove nothing about it."""
    owners = {uid for workload in moment.workloads for uid in _new_owners(workload, moment.replica_sets)}
    revisions = {
        workload["metadata"]["uid"]: part(workload, "status").get("updateRevision")
        for workload in moment.workloads
        if workload["kind"] == "StatefulSet"
    }
    return [pod for pod in moment.pods if _belongs(pod, owners, revisions)]


def restarts(pods: Iterable[Object]) -> dict[str, int]:
    """Restart counts by `namespace/pod/container`."""
    return {
        container_name(pod, status): status.get("restartCount", 0)
        for pod in pods
        for status in _statuses(pod)
    }


def something_starts(moment: Moment, found: Sequence[Cause]) -> bool:
    """True while a workload without any trouble of its own is on its way."""
    troubled = {cause.where for cause in found} | {cause.where.rpartition("/")[0] for cause in found}
    for workload in moment.workloads:
        pods = new_pods(replace(moment, workloads=[workload]))
        if troubled.isdisjoint([_name(workload), *map(_name, pods)]):
            return True
    return False


def in_trouble(pod: Object) -> bool:
    """True when a container waits after a failure, or has just failed."""
    return any(
        part(status, "state", "waiting").get("reason") in _PULL | _CONFIG | {"CrashLoopBackOff"}
        or _crash(status) is not None
        for status in _statuses(pod)
    )


def container_name(pod: Object, status: Object) -> str:
    """`namespace/pod/container`."""
    return f"{_name(pod)}/{status['name']}"


def _new_owners(workload: Object, replica_sets: Sequence[Object]) -> list[str]:
    uid = workload["metadata"]["uid"]
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


def _scheduling(pod: Object, patience: Patience) -> list[Cause]:
    return [
        Cause("release.unschedulable", _name(pod), condition.get("message", ""), patience.schedule)
        for condition in parts(pod, "status", "conditions")
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable"
    ]


def _container(
    pod: Object, status: Object, patience: Patience, *, settled: bool, baseline: Mapping[str, int]
) -> list[Cause]:
    waiting: Mapping[str, str] = part(status, "state", "waiting")
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    where = container_name(pod, status)
    if reason in _PULL:
        return [_pull(where, status, message, patience)]
    if reason == "InvalidImageName":
        return [Cause("release.image-pull", where, message, 0)]
    if reason in _CONFIG:
        return [Cause("release.container-config", where, f"{reason}: {message}", 5)]
    ended = _crash(status)
    if ended is None or _runs_to_the_end(pod):
        return []
    return [_crashed(pod, status, ended, patience, settled=settled, baseline=baseline)]


def _pull(where: str, status: Object, message: str, patience: Patience) -> Cause:
    text = message.lower()
    why = f"image {status.get('image', '')} cannot be pulled: {message or 'the registry gave no reason'}"
    if any(word in text for word in _NO_ACCESS):
        lacking = "the cluster's kubelet identity lacks AcrPull on the registry"
        return Cause("release.image-pull", where, f"{lacking}; {why}", patience.access, fix=_REFRESH)
    certain = any(word in text for word in _NOT_THERE)
    return Cause("release.image-pull", where, why, 0 if certain else 30)


def _crash(status: Object) -> Object | None:
    """How the container ended last, when it is down now because of that."""
    state: Mapping[str, Any] = part(status, "state")
    ended = state.get("terminated")
    if ended is None and part(state, "waiting").get("reason") == "CrashLoopBackOff":
        ended = part(status, "lastState").get("terminated") or {"exitCode": 1, "reason": "Error"}
    if ended is None or (ended.get("exitCode") == 0 and "waiting" not in state):
        return None
    return ended


def _crashed(
    pod: Object,
    status: Object,
    ended: Object,
    patience: Patience,
    *,
    settled: bool,
    baseline: Mapping[str, int],
) -> Cause:
    where, count = container_name(pod, status), status.get("restartCount", 0)
    how = f"exit code {ended.get('exitCode')}"
    if ended.get("reason") not in (None, "Error", "Completed"):
        how += f" ({ended['reason']})"
    again = f", {count + 1} times" if count else ""
    certain = settled and count > baseline.get(where, 0)
    wait = 0 if certain else (_AT_TIMEOUT if settled or not count else patience.crash)
    meta = pod["metadata"]
    logs = (meta["namespace"], meta["name"], status["name"], "terminated" not in part(status, "state"))
    return Cause("release.crash", where, f"the container ended with {how}{again}", wait, logs=logs)


def _runs_to_the_end(pod: Object) -> bool:
    """Pods of Jobs are judged by their Job, which may try again."""
    return any(owner["kind"] == "Job" for owner in parts(pod["metadata"], "ownerReferences"))


def _workload(workload: Object) -> list[Cause]:
    name, found = _name(workload), list[Cause]()
    for condition in parts(workload, "status", "conditions"):
        kind, state, message = condition["type"], condition["status"], condition.get("message", "")
        if kind == "ReplicaFailure" and state == "True":
            found.append(Cause("release.denied", name, message, 10))
        elif kind == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            found.append(Cause("release.stuck", name, message, _AT_TIMEOUT))
        elif workload["kind"] == "Job" and kind == "Failed" and state == "True":
            found.append(Cause("release.job", name, message, 0))
    return found


def _from_events(moment: Moment) -> list[Cause]:
    names = {_name(pod) for pod in new_pods(moment)}
    workloads = {(w["kind"], _name(w)) for w in moment.workloads}
    claims = {_name(claim) for claim in moment.claims}
    found: list[Cause] = []
    for event in moment.events:
        about: Mapping[str, str] = event["involvedObject"]
        name = f"{about.get('namespace', '')}/{about.get('name', '')}"
        reason, message = event.get("reason", ""), event.get("message", "")
        if about.get("kind") == "Pod" and name in names:
            found += _pod_event(name, reason, message, _count(event))
        elif about.get("kind") == "PersistentVolumeClaim" and name in claims and "Failed" in reason:
            found.append(Cause("release.volume", name, message, 15))
        elif reason == "FailedCreate" and (about.get("kind"), name) in workloads:
            found.append(Cause("release.denied", name, message, 10))
    return found


def _pod_event(name: str, reason: str, message: str, count: int) -> list[Cause]:
    if reason == "Unhealthy" and count >= 3:
        return [Cause("release.probe", name, message, _AT_TIMEOUT)]
    if reason in ("FailedMount", "FailedAttachVolume"):
        return [Cause("release.volume", name, message, _AT_TIMEOUT)]
    if reason == "FailedCreatePodSandBox":
        return [Cause("release.sandbox", name, message, _AT_TIMEOUT)]
    return []


def _statuses(pod: Object) -> list[Object]:
    status: Mapping[str, Any] = part(pod, "status")
    return [*(parts(status, "initContainerStatuses")), *(parts(status, "containerStatuses"))]


def _count(event: Object) -> int:
    return event.get("count") or part(event, "series").get("count") or 1


def _name(obj: Object) -> str:
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def _annotation(obj: Object, name: str) -> str:
    return part(obj["metadata"], "annotations").get(name, "")


def _owner_uids(obj: Object) -> list[str]:
    return [owner["uid"] for owner in parts(obj["metadata"], "ownerReferences")]

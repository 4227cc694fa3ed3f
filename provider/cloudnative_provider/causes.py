"""Why pods do not become ready: pure rules from recorded pod states and events to root causes.

Each cause says how long it must last before it is certain: a missing image is certain at once, a crash only
when nothing that the container may wait for is still starting.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .objects import part, parts
from .pods import (
    CONFIG,
    PULL,
    Moment,
    container_name,
    last_crash,
    name_of,
    new_pods,
    pods_of,
    restarts,
    statuses,
)

Object = Mapping[str, Any]
_NO_ACCESS = ("401", "403", "unauthorized", "denied", "forbidden")
_NOT_THERE = ("not found", "manifest unknown", "404")
_AT_TIMEOUT = math.inf
_FORGIVEN = 1
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


def alike(found: Iterable[Cause]) -> list[list[Cause]]:
    """Causes that say the same of different objects, told in one line; what a container wrote is its own."""
    groups: dict[tuple[str, str, object], list[Cause]] = {}
    for cause in found:
        groups.setdefault((cause.code, cause.why, cause.logs), []).append(cause)
    return list(groups.values())


@dataclass(frozen=True)
class Patience:
    """Seconds that a cloud may need before trouble of a kind is believed."""

    access: float = 0.0
    schedule: float = 15.0
    crash: float = 60.0


EMULATOR = Patience()
AZURE = Patience(access=120.0, schedule=300.0)  # role assignments travel; the autoscaler adds nodes


def judge(moment: Moment, patience: Patience, baseline: dict[str, int]) -> list[Cause]:
    """Every root cause in sight, the certain ones first; `baseline` is kept up to date.

    A crash is certain when it comes while nothing else of the release starts: what the container may wait
    for is there by then. `baseline` has the restarts of each container when that became so.
    """
    troubled = {cause.where for cause in causes(moment, patience, unsettled=(), baseline={})}
    starting = {name_of(one) for one in moment.workloads if _starts(moment, one, troubled)}
    unsettled = [one for one in moment.workloads if starting - {name_of(one)}]
    for workload in unsettled:
        baseline |= restarts(pods_of(moment, workload))
    return causes(moment, patience, unsettled=[name_of(one) for one in unsettled], baseline=baseline)


def causes(
    moment: Moment, patience: Patience, *, unsettled: Collection[str], baseline: Mapping[str, int]
) -> list[Cause]:
    """Every root cause in sight; `unsettled` are the workloads beside which others still start."""
    found: list[Cause] = []
    for workload in moment.workloads:
        settled = name_of(workload) not in unsettled
        for pod in pods_of(moment, workload):
            found += _scheduling(pod, patience)
            for status in statuses(pod):
                found += _container(pod, status, patience, settled=settled, baseline=baseline)
        found += _workload(moment, workload)
    found += _from_events(moment)
    return sorted(found, key=lambda cause: cause.patience)


def _starts(moment: Moment, workload: Object, troubled: Collection[str]) -> bool:
    """True while nothing is wrong with it and no container came back more than once.

    One that crashes again and again runs for moments in between, and would hide behind them.
    """
    pods = pods_of(moment, workload)
    mine = {name_of(workload), *map(name_of, pods)}
    if any(place in mine or place.rpartition("/")[0] in mine for place in troubled):
        return False
    return all(count <= _FORGIVEN for count in restarts(pods).values())


def _scheduling(pod: Object, patience: Patience) -> list[Cause]:
    return [
        Cause("release.unschedulable", name_of(pod), condition.get("message", ""), patience.schedule)
        for condition in parts(pod, "status", "conditions")
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable"
    ]


def _container(
    pod: Object, status: Object, patience: Patience, *, settled: bool, baseline: Mapping[str, int]
) -> list[Cause]:
    waiting: Mapping[str, str] = part(status, "state", "waiting")
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    where = container_name(pod, status)
    if reason in PULL:
        return [_pull(where, status, message, patience)]
    if reason == "InvalidImageName":
        return [Cause("release.image-pull", where, message, 0)]
    if reason in CONFIG:
        return [Cause("release.container-config", where, f"{reason}: {message}", 5)]
    ended = last_crash(status)
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


def _workload(moment: Moment, workload: Object) -> list[Cause]:
    name, found = name_of(workload), list[Cause]()
    for condition in parts(workload, "status", "conditions"):
        kind, state, message = condition["type"], condition["status"], condition.get("message", "")
        if kind == "ReplicaFailure" and state == "True":
            found.append(Cause("release.denied", name, message, 10))
        elif kind == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            found.append(Cause("release.stuck", name, message, _AT_TIMEOUT))
        elif workload["kind"] == "Job" and kind == "Failed" and state == "True":
            found.append(_failed_job(workload, pods_of(moment, workload), message))
    return found


def _failed_job(job: Object, pods: list[Object], message: str) -> Cause:
    """How its last container ended; a job that was stopped from outside has none that failed."""
    ended = [
        (end.get("finishedAt") or "", end.get("exitCode"), pod, status)
        for pod in pods
        for status in statuses(pod)
        if (end := part(status, "state", "terminated")) and end.get("exitCode") != 0
    ]
    if not ended:
        return Cause("release.job", name_of(job), message, 0)
    _, code, pod, status = max(ended, key=lambda one: one[0])
    times = f" in each of {len(ended)} attempts; the last" if len(ended) > 1 else ""
    meta = pod["metadata"]
    logs = (meta["namespace"], meta["name"], status["name"], False)
    return Cause("release.job", name_of(job), f"the job failed{times}: exit code {code}", 0, logs=logs)


def _from_events(moment: Moment) -> list[Cause]:
    names = {name_of(pod) for pod in new_pods(moment)}
    workloads = {(w["kind"], name_of(w)) for w in moment.workloads}
    claims = {name_of(claim) for claim in moment.claims}
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


def _count(event: Object) -> int:
    return event.get("count") or part(event, "series").get("count") or 1

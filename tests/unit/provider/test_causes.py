"""Root causes from recorded pod states: what is certain, what may still pass, what is not ours."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from cloudnative_provider.causes import AZURE, EMULATOR, Cause, Patience, alike, causes, judge
from cloudnative_provider.pods import Moment, new_pods

_REVISION = "deployment.kubernetes.io/revision"
_DEPLOYMENT: dict[str, Any] = {
    "kind": "Deployment",
    "metadata": {"uid": "d", "name": "web", "namespace": "shop", "annotations": {_REVISION: "2"}},
}
_REPLICA_SETS = [
    {"metadata": {"uid": f"rs{n}", "ownerReferences": [{"uid": "d"}], "annotations": {_REVISION: str(n)}}}
    for n in (1, 2)
]


def _pod(state: dict[str, Any], *, restarts: int = 0, owner: str = "rs2", **more: Any) -> dict[str, Any]:
    status = {"name": "main", "image": "r/web", "restartCount": restarts, "state": state, **more}
    return {
        "metadata": {
            "name": "web-1",
            "namespace": "shop",
            "ownerReferences": [{"uid": owner, "kind": "ReplicaSet"}],
        },
        "status": {"containerStatuses": [status]},
    }


def _waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


def _find(
    pod: dict[str, Any],
    *,
    patience: Patience = EMULATOR,
    settled: bool = True,
    baseline: Mapping[str, int] | None = None,
) -> list[Cause]:
    moment = Moment([_DEPLOYMENT], _REPLICA_SETS, [pod])
    return causes(moment, patience, unsettled=() if settled else ("shop/web",), baseline=baseline or {})


_CRASHED: dict[str, Any] = {"lastState": {"terminated": {"exitCode": 3, "reason": "Error"}}}
_UNAUTHORIZED = "failed to resolve reference: 401 Unauthorized"


@pytest.mark.parametrize(
    ("pod", "code", "patience"),
    [
        (_pod(_waiting("ErrImagePull", _UNAUTHORIZED)), "release.image-pull", 0),
        (_pod(_waiting("ImagePullBackOff", "r/web: not found")), "release.image-pull", 0),
        (_pod(_waiting("ErrImagePull", "connection reset")), "release.image-pull", 30),
        (_pod(_waiting("InvalidImageName", "bad")), "release.image-pull", 0),
        (_pod(_waiting("CreateContainerConfigError", "no key")), "release.container-config", 5),
        (_pod(_waiting("CrashLoopBackOff"), restarts=1, **_CRASHED), "release.crash", 0),
        (_pod({"terminated": {"exitCode": 1}}, restarts=1), "release.crash", 0),
        (_pod({"terminated": {"exitCode": 1}}), "release.crash", math.inf),
    ],
)
def test_each_state_has_its_cause_and_its_patience(pod: dict[str, Any], code: str, patience: float) -> None:
    assert [(cause.code, cause.patience) for cause in _find(pod)] == [(code, patience)]


@pytest.mark.parametrize(
    "state", [{"running": {}}, _waiting("ContainerCreating"), {"terminated": {"exitCode": 0}}]
)
def test_a_pod_on_its_way_is_no_cause(state: dict[str, Any]) -> None:
    assert _find(_pod(state)) == []


def test_a_refused_pull_names_the_role_that_is_missing() -> None:
    (cause,) = _find(_pod(_waiting("ErrImagePull", _UNAUTHORIZED)))
    assert "kubelet identity lacks AcrPull" in cause.why
    assert cause.mend("staging") == "cloudnative up staging --refresh"
    assert "401" in cause.why


def test_on_azure_a_fresh_role_assignment_gets_time_to_travel() -> None:
    (cause,) = _find(_pod(_waiting("ErrImagePull", _UNAUTHORIZED)), patience=AZURE)
    assert cause.patience == 120


def test_a_crash_names_the_exit_code_and_where_its_log_is() -> None:
    (cause,) = _find(_pod(_waiting("CrashLoopBackOff"), restarts=2, **_CRASHED))
    assert cause.why == "the container ended with exit code 3, 3 times"
    assert cause.logs == ("shop", "web-1", "main", True)


def test_a_crash_may_pass_while_something_else_is_still_starting() -> None:
    (cause,) = _find(_pod(_waiting("CrashLoopBackOff"), restarts=1, **_CRASHED), settled=False)
    assert cause.patience == EMULATOR.crash


def test_crashes_from_before_everything_else_was_up_do_not_count() -> None:
    pod = _pod(_waiting("CrashLoopBackOff"), restarts=2, **_CRASHED)
    (cause,) = _find(pod, baseline={"shop/web-1/main": 2})
    assert cause.patience == math.inf


def test_only_pods_of_the_new_version_count() -> None:
    old = _pod(_waiting("CrashLoopBackOff"), restarts=9, owner="rs1", **_CRASHED)
    assert new_pods(Moment([_DEPLOYMENT], _REPLICA_SETS, [old])) == []


def test_a_crash_of_the_old_version_is_not_held_against_a_change_that_no_controller_has_seen() -> None:
    changed = {**_DEPLOYMENT, "metadata": {**_DEPLOYMENT["metadata"], "generation": 2}}
    changed["status"] = {"observedGeneration": 1}
    assert (
        causes(
            Moment([changed], _REPLICA_SETS, [_pod(_waiting("CrashLoopBackOff"), **_CRASHED)]),
            EMULATOR,
            unsettled=(),
            baseline={},
        )
        == []
    )


def test_only_pods_of_the_update_revision_of_a_stateful_set_count() -> None:
    workload: dict[str, Any] = {
        "kind": "StatefulSet",
        "metadata": {"uid": "s", "name": "db", "namespace": "shop"},
        "status": {"updateRevision": "db-2"},
    }
    pods = [_pod({}, owner="s"), _pod({}, owner="s")]
    for pod, revision in zip(pods, ("db-1", "db-2"), strict=True):
        pod["metadata"]["labels"] = {"controller-revision-hash": revision}
    assert new_pods(Moment([workload], pods=pods)) == [pods[1]]


def test_the_schedulers_reason_is_told() -> None:
    pod = _pod({})
    message = "0/1 nodes are available: 1 Insufficient cpu"
    pod["status"]["conditions"] = [{"type": "PodScheduled", "reason": "Unschedulable", "message": message}]
    assert [(cause.code, cause.why) for cause in _find(pod)] == [("release.unschedulable", message)]


def test_pods_that_a_policy_denied_are_told_by_their_workload() -> None:
    condition = {"type": "ReplicaFailure", "status": "True", "message": 'violates PodSecurity "restricted"'}
    workload = {**_DEPLOYMENT, "status": {"conditions": [condition]}}
    (cause,) = causes(Moment([workload]), EMULATOR, unsettled=(), baseline={})
    assert (cause.code, cause.why) == ("release.denied", condition["message"])


@pytest.mark.parametrize(
    ("about", "reason", "code"),
    [
        ({"kind": "Pod", "name": "web-1"}, "Unhealthy", "release.probe"),
        ({"kind": "Pod", "name": "web-1"}, "FailedMount", "release.volume"),
        ({"kind": "PersistentVolumeClaim", "name": "data"}, "ProvisioningFailed", "release.volume"),
    ],
)
def test_events_explain_what_statuses_do_not_show(about: dict[str, str], reason: str, code: str) -> None:
    event = {"involvedObject": {**about, "namespace": "shop"}, "reason": reason, "message": "m", "count": 3}
    claim = {"metadata": {"name": "data", "namespace": "shop"}}
    moment = Moment([_DEPLOYMENT], _REPLICA_SETS, [_pod({})], [event], [claim])
    assert [cause.code for cause in causes(moment, EMULATOR, unsettled=(), baseline={})] == [code]


_RUNS: dict[str, Any] = {"running": {}}
_OTHER: dict[str, Any] = {"kind": "Job", "metadata": {"uid": "o", "name": "web-1", "namespace": "shop"}}


def _crash_patience(moments: list[Moment]) -> float:
    baseline = dict[str, int]()
    return [judge(moment, EMULATOR, baseline) for moment in moments][-1][0].patience


def test_one_that_runs_for_moments_between_its_crashes_is_certain_at_the_second() -> None:
    again = _pod(_waiting("CrashLoopBackOff"), restarts=1, **_CRASHED)
    pods = [_pod(_RUNS), _pod({"terminated": {"exitCode": 3}}), _pod(_RUNS, restarts=1, **_CRASHED), again]
    assert _crash_patience([Moment([_DEPLOYMENT], _REPLICA_SETS, [pod]) for pod in pods]) == 0


@pytest.mark.parametrize(("others_restarts", "patience"), [(0, EMULATOR.crash), (1, EMULATOR.crash), (2, 0)])
def test_another_that_starts_excuses_a_crash_unless_it_crashes_itself(
    others_restarts: int, patience: float
) -> None:
    pods = [_pod(_waiting("CrashLoopBackOff"), restarts=2, **_CRASHED), _pod(_RUNS, owner="o")]
    for pod, name in zip(pods, ("web-0-abc", "web-1-abc"), strict=True):
        pod["metadata"]["name"] = name
    pods[1]["status"]["containerStatuses"][0]["restartCount"] = others_restarts
    assert _crash_patience([Moment([_DEPLOYMENT, _OTHER], _REPLICA_SETS, pods)]) == patience


def test_a_workload_whose_name_begins_like_a_troubled_one_is_still_starting() -> None:
    pod = _pod(_waiting("CrashLoopBackOff"), restarts=1, **_CRASHED)
    pod["metadata"]["name"] = "web-1-abc"
    assert _crash_patience([Moment([_DEPLOYMENT, _OTHER], _REPLICA_SETS, [pod])]) == EMULATOR.crash
    assert _crash_patience([Moment([_DEPLOYMENT], _REPLICA_SETS, [pod])]) == 0


_JOB: dict[str, Any] = {
    "kind": "Job",
    "metadata": {"uid": "j", "name": "migrate", "namespace": "shop", "generation": 1},
    "status": {"conditions": [{"type": "Failed", "status": "True", "message": "deadline passed"}]},
}


def _attempt(code: int, finished: str) -> dict[str, Any]:
    ended = {"terminated": {"exitCode": code, "finishedAt": finished}}
    pod = _pod(ended, owner="j")
    owner = [{"uid": "j", "kind": "Job"}]
    return {**pod, "metadata": {**pod["metadata"], "name": f"migrate-{code}", "ownerReferences": owner}}


def _failed_job(*pods: dict[str, Any]) -> Cause:
    (cause,) = causes(Moment([_JOB], pods=pods), EMULATOR, unsettled=(), baseline={})
    return cause


def test_a_failed_job_says_how_its_last_attempt_ended_and_where_its_log_is() -> None:
    cause = _failed_job(_attempt(4, "2026-01-02"), _attempt(3, "2026-01-01"))
    assert (cause.code, cause.where, cause.patience) == ("release.job", "shop/migrate", 0)
    assert cause.why == "the job failed in each of 2 attempts; the last: exit code 4"
    assert cause.logs == ("shop", "migrate-4", "main", False)


def test_a_job_without_a_failed_container_says_what_kubernetes_says() -> None:
    assert _failed_job().why == "deadline passed"


def test_what_many_pods_suffer_alike_is_told_once_but_not_what_they_wrote():
    def full(n: int) -> Cause:
        return Cause("unschedulable", f"shop/web-{n}", "Too many pods", 15)

    def crashed(n: int) -> Cause:
        return Cause("crash", f"shop/api-{n}", "exit code 1", 60, logs=("shop", f"api-{n}", "main", True))

    told = alike([full(1), crashed(1), full(2), crashed(2)])
    assert told == [[full(1), full(2)], [crashed(1)], [crashed(2)]]

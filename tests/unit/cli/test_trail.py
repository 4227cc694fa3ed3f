"""The trail: a system in which every step works, then each step with its cause broken."""

import json
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from cloudnative import report
from cloudnative.look import View
from cloudnative.observe.services import Workload
from cloudnative.observe.trail import evidence as gathering
from cloudnative.observe.trail.evidence import Evidence, RegionNow
from cloudnative.observe.trail.facts import kubernetes
from cloudnative.observe.trail.pipelines import Pipeline, deploys, pipeline_of
from cloudnative.observe.trail.trail_map import STEPS
from cloudnative.pipeline.workflows import fill

D = "sha256:" + "a" * 64
BUNDLE = f"r/bundles/shop@{D}"
PROMOTION = {
    "FROM": "dev", "ENVIRONMENT": "prod", "GITHUB_ENVIRONMENT": "prod", "GROUP": "g", "FOLDER": ".",
    "PREPARE": "", "DEPLOY_IDENTITY": "",
}  # fmt: skip
WEB = Workload("apps/v1/Deployment", "shop", "web")
DB = Workload("apps/v1/StatefulSet", "shop", "db")


def meta(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "namespace": "shop", **more}


def workload(ready: int = 1, image: str = f"r/web@{D}") -> dict[str, Any]:
    spec = {"replicas": 1, "template": {"spec": {"containers": [{"name": "c", "image": image}]}}}
    return {"metadata": meta("web"), "spec": spec, "status": {"readyReplicas": ready}}


def pod(**state: Any) -> dict[str, Any]:
    annotations = {"prometheus.io/scrape": "true"}
    status = {"phase": "Running", "containerStatuses": [{"name": "c", "state": state}]}
    return {"metadata": meta("web-1", annotations=annotations), "status": status}


def service(name: str, port: int) -> dict[str, Any]:
    return {"metadata": meta(name), "spec": {"selector": {"a": "b"}, "ports": [{"port": port}]}}


def ready_slice(name: str, *, ready: bool = True) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": name}
    return {"metadata": meta(f"{name}-x", labels=labels), "endpoints": [{"conditions": {"ready": ready}}]}


def namespace(**labels: str) -> dict[str, Any]:
    own = {"app.kubernetes.io/managed-by": "cloudnative"}
    return {"metadata": {"name": "shop", "labels": {**own, **labels}}}


def node(status: str = "True") -> dict[str, Any]:
    info = {"kubeletVersion": "v1.36.3", "containerRuntimeVersion": "containerd://1.6.36"}
    conditions = [{"type": "Ready", "status": status}]
    return {"metadata": {"name": "n"}, "status": {"conditions": conditions, "nodeInfo": info}}


def ledger(state: str = "succeeded", bundle: str = BUNDLE) -> dict[str, Any]:
    current = json.dumps({"state": state, "bundle": bundle})
    return {"metadata": {"name": "release-shop"}, "data": {"current": current}}


def claim(phase: str = "Bound") -> dict[str, Any]:
    return {"metadata": meta("data-db-0"), "status": {"phase": phase}}


ENFORCED = {"pod-security.kubernetes.io/enforce": "restricted"}
REGION = RegionNow(
    "koreacentral",
    "aks-krc",
    wanted=[WEB, DB],
    bundles={"shop": BUNDLE},
    live={WEB: workload(), DB: workload()},
    pods=[pod(running={})],
    services=[service("web", 80), service("queue", 6379)],
    slices=[ready_slice("web"), ready_slice("queue")],
    claims=[claim()],
    namespaces=[namespace(**ENFORCED)],
    nodes=[node()],
    ledgers=[ledger()],
    scraped={"web-1": True},
)


def evidence(pipeline: Pipeline | None = None, registry: Any = None, **region: Any) -> Evidence:
    there = Pipeline(known=True, workflows=["deploy.yaml"])
    return Evidence(
        environment="dev",
        cloud="emulator",
        images={"web": D},
        regions=[replace(REGION, **region)],
        registry={"name": "cr"} if registry is None else registry or None,
        registry_problem="",
        pipeline=pipeline or there,
    )


def found(number: int, given: Evidence) -> tuple[str, str]:
    finding = STEPS[number - 1].judge(given)
    return finding.status, finding.evidence


def test_there_are_ten_steps_in_their_order() -> None:
    assert [step.number for step in STEPS] == list(range(1, 11))


@pytest.mark.parametrize("number", range(1, 11))
def test_a_whole_system_works_in_every_step(number: int) -> None:
    assert found(number, evidence())[0] == "working"


BREAKS: list[tuple[int, Callable[[], Evidence], str]] = [
    (1, lambda: evidence(pods=[pod(waiting={"reason": "ImagePullBackOff"})]), "ImagePullBackOff"),
    (1, lambda: evidence(live={WEB: workload(image="r/web@sha256:b")}), "which was not released"),
    (2, lambda: evidence(pipeline=Pipeline(known=True)), "no workflow deploys it"),
    (3, lambda: evidence(live={WEB: workload(ready=0), DB: workload()}), "web 0 of 1 pods are ready"),
    (3, lambda: evidence(live={DB: workload()}), "web is not there"),
    (4, lambda: evidence(scraped={"web-1": False}), "web-1 is not scraped"),
    (4, lambda: evidence(metrics_problem="Prometheus does not answer"), "does not answer"),
    (5, lambda: evidence(slices=[ready_slice("web", ready=False), ready_slice("queue")]), "Service web"),
    (6, lambda: evidence(namespaces=[namespace()]), "enforces no Pod Security"),
    (7, lambda: evidence(claims=[claim("Pending")]), "data-db-0 is Pending"),
    (7, lambda: evidence(claims=[]), "db has no claim"),
    (8, lambda: evidence(slices=[ready_slice("web")]), "nothing ready behind queue (Redis)"),
    (9, lambda: evidence(nodes=[node("False")]), "node n is not Ready"),
    (9, lambda: evidence(registry=False), "does not know the registry"),
    (10, lambda: evidence(ledgers=[ledger("failed")]), "failed"),
    (10, lambda: evidence(ledgers=[ledger(bundle="r/bundles/shop@sha256:other")]), "sha256:other runs"),
    (10, lambda: evidence(ledgers=[]), "nothing runs"),
]


@pytest.mark.parametrize(("number", "broken", "why"), BREAKS)
def test_a_broken_cause_breaks_its_step(number: int, broken: Callable[[], Evidence], why: str) -> None:
    status, told = found(number, broken())
    assert (status, why in told) == ("broken", True), told


def test_a_region_that_does_not_answer_is_broken_and_never_absent() -> None:
    silent = evidence(**vars(RegionNow("koreacentral", "aks-krc", "no answer within 10 s", wanted=[WEB])))
    assert {found(number, silent)[0] for number in (1, 3, 4, 5, 6, 8, 9, 10)} == {"broken"}


@pytest.fixture
def two_regions(monkeypatch: pytest.MonkeyPatch) -> Generator[threading.Event]:
    """`fast` answers at once, `slow` when the event is set; registry and workflows are no matter."""
    answer = threading.Event()
    names: list[Any] = [
        {"name": name, "cluster": f"aks-{name}", "id": name, "objects": []} for name in ("fast", "slow")
    ]

    def region(_: View, asked: Any) -> RegionNow:
        if asked["name"] == "slow":
            answer.wait(30)
        return RegionNow(asked["name"], asked["cluster"])

    monkeypatch.setattr(report, "regions", Mock(return_value=names))
    monkeypatch.setattr(gathering, "_region", region)
    monkeypatch.setattr(gathering, "_registry", Mock(return_value=({"name": "cr"}, "")))
    monkeypatch.setattr(gathering, "pipeline_of", Mock(return_value=Pipeline()))
    yield answer
    answer.set()


def test_a_region_that_is_silent_costs_no_more_than_the_time_limit(two_regions: threading.Event) -> None:
    began = time.monotonic()

    found = gathering.gather(View("dev", "emulator", {"resources": []}), seconds=0.2)

    assert time.monotonic() - began < 5
    assert not two_regions.is_set()
    assert [(each.name, each.problem) for each in found.regions] == [
        ("fast", ""),
        ("slow", "no answer within 0.2 s"),
    ]


def test_without_a_workspace_the_next_command_makes_one() -> None:
    finding = STEPS[3].judge(
        evidence(metrics_problem="no metrics", metrics_off="echo x && cloudnative up dev")
    )
    assert (finding.status, finding.next) == ("off", "echo x && cloudnative up dev")


def test_what_is_not_used_is_off_and_says_how_to_turn_it_on() -> None:
    bare = evidence(Pipeline(), services=[], claims=[], wanted=[WEB], pods=[])
    for number in (2, 4, 5, 7, 8):
        finding = STEPS[number - 1].judge(bare)
        assert (finding.status, finding.next.startswith("cloudnative ")) == ("off", True)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\nstackConfigDir: stacks/\n")
    (tmp_path / ".github/workflows").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "line",
    ["run: cloudnative up dev --yes", 'env: {ENVIRONMENT: dev}\nrun: exec "$COMMAND" up "$ENVIRONMENT"'],
)
def test_a_workflow_that_deploys_the_environment_is_found(project: Path, line: str) -> None:
    (project / ".github/workflows/deploy.yaml").write_text(line)
    assert pipeline_of("dev").workflows == ["deploy.yaml"]
    assert pipeline_of("prod").workflows == []


@pytest.mark.parametrize(
    ("workflow", "deployed"),
    [
        pytest.param("run: cloudnative promote dev prod --yes", {"prod"}, id="by name"),
        pytest.param("run: cloudnative up --yes dev", {"dev"}, id="after a flag"),
        pytest.param(fill("promotion-job.yaml", PROMOTION), {"prod"}, id="our own promotion"),
        pytest.param("run: |\n  TO=dev\n  cloudnative up $TO", {"dev"}, id="a shell's variable"),
        pytest.param(
            "options: [dev]\nrun: cloudnative up ${{ inputs.to }}", {"dev"}, id="GitHub's expression"
        ),
        pytest.param("run: cloudnative preview dev", set[str](), id="a preview deploys nothing"),
    ],
)
def test_only_whom_a_workflow_deploys_to_has_a_pipeline(workflow: str, deployed: set[str]) -> None:
    """Whoever is promoted from is named in it too."""
    assert {name for name in ("dev", "prod") if deploys(workflow, name)} == deployed


def test_a_simulated_node_is_not_told_as_a_version_of_kubernetes() -> None:
    assert kubernetes("kwok-0.8.0") == "simulated nodes (kwok-0.8.0)"
    assert kubernetes("1.36.3") == "Kubernetes 1.36.3"

"""Services that end become Jobs, and what they cannot have as Jobs is named."""

from typing import Any

import pytest
from tests.unit.application.project import application, one

IMAGE: dict[str, Any] = {"image": "x", "user": "1000"}
PORTS = {"expose": ["80"], "ports": [{"target": 80, "published": "80", "protocol": "tcp"}]}
AFTER: dict[str, Any] = {**IMAGE, "depends_on": {"migrate": {"condition": "service_completed_successfully"}}}


def job(**service: Any) -> Any:
    return one("Job", {"web": AFTER, "migrate": {**IMAGE, **service}})


def test_a_service_that_others_wait_for_to_succeed_is_a_job_that_runs_once():
    spec = job()["spec"]
    assert (spec["backoffLimit"], spec["completions"], spec["parallelism"]) == (0, 1, 1)
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["podFailurePolicy"]["rules"][0]["onPodConditions"][0]["type"] == "DisruptionTarget"


def test_a_service_of_mode_replicated_job_is_a_job_though_nobody_waits():
    spec = one("Job", {"seed": {**IMAGE, "deploy": {"mode": "replicated-job", "replicas": 3}}})["spec"]
    assert (spec["completions"], spec["parallelism"]) == (3, 3)


def test_a_service_that_is_not_restarted_is_still_a_service():
    found = application({"web": {**IMAGE, "restart": "no"}})
    assert [item["kind"] for item in found.objects if item["kind"] in ("Job", "Deployment")] == ["Deployment"]
    assert "replicated-job" in found.not_carried[0].why


@pytest.mark.parametrize(
    ("restart", "retries"), [("no", 0), ("always", 0), ("on-failure", 6), ("on-failure:2", 2)]
)
def test_only_on_failure_tries_again(restart: str, retries: int):
    assert job(restart=restart)["spec"]["backoffLimit"] == retries


def test_what_waits_for_a_job_says_so_to_the_release():
    web = one("Deployment", {"web": AFTER, "migrate": IMAGE})
    wanted = "migrate:service_completed_successfully"
    assert web["metadata"]["annotations"]["cloudnative/depends-on"] == wanted


def test_a_job_has_no_address_and_no_probes_and_that_is_told():
    check = {"test": ["CMD", "true"]}
    found = application({"web": AFTER, "migrate": {**IMAGE, **PORTS, "healthcheck": check}})
    assert [i["metadata"]["name"] for i in found.objects if i["kind"] == "Service"] == ["web"]
    assert found.public == []
    (made,) = (item for item in found.objects if item["kind"] == "Job")
    assert not {"readinessProbe", "lifecycle"} & made["spec"]["template"]["spec"]["containers"][0].keys()
    wanted = {f"services.migrate.{key}" for key in ("ports", "expose", "healthcheck")}
    assert {left.key for left in found.not_carried} == wanted


def test_a_volume_of_a_job_is_a_claim_of_its_own():
    mount = {"type": "volume", "source": "data", "target": "/data"}
    services = {"web": AFTER, "migrate": {**IMAGE, "volumes": [mount]}}
    claim = one("PersistentVolumeClaim", services, volumes={"data": None})
    (volume,) = one("Job", services, volumes={"data": None})["spec"]["template"]["spec"]["volumes"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"] == "data"

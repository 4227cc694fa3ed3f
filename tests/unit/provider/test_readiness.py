"""When an object of a release is really ready."""

from typing import Any

import pytest

from cloudnative_provider.readiness import endpoints, endpoints_ready, selects_workload, waiting_for


def _live(kind: str, spec: dict[str, Any], status: dict[str, Any], generation: int = 2) -> dict[str, Any]:
    api = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1"}
    metadata = {"name": "web", "namespace": "shop", "generation": generation}
    return {
        "apiVersion": api.get(kind, "v1"),
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }


_READY = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (_READY, ""),
        ({}, "its controller has not seen the change yet"),
        ({**_READY, "observedGeneration": 1}, "its controller has not seen the change yet"),
        ({**_READY, "updatedReplicas": 1}, "1 of 2 pods are of the new version"),
        ({**_READY, "replicas": 3}, "1 old pods are still ending"),
        ({**_READY, "availableReplicas": 1}, "1 of 2 pods are available"),
    ],
)
def test_a_deployment_is_ready_when_all_pods_are_new_and_available(
    status: dict[str, Any], reason: str
) -> None:
    assert waiting_for(_live("Deployment", {"replicas": 2}, status), 2) == reason


_ROLLING: dict[str, Any] = {"replicas": 2, "updateStrategy": {"type": "RollingUpdate"}}


@pytest.mark.parametrize(
    ("spec", "status", "reason"),
    [
        (_ROLLING, _READY, ""),
        (_ROLLING, {}, "its controller has not seen the change yet"),
        (_ROLLING, {**_READY, "observedGeneration": 1}, "its controller has not seen the change yet"),
        (_ROLLING, {**_READY, "updatedReplicas": 1}, "1 of 2 pods are of the new version"),
        (_ROLLING, {**_READY, "availableReplicas": 1}, "1 of 2 pods are available"),
        (_ROLLING, {**_READY, "replicas": 3}, "1 pods are still ending"),
        ({"updateStrategy": {"rollingUpdate": {"partition": 1}}, "replicas": 2}, _READY, ""),
        (
            {"updateStrategy": {"rollingUpdate": {"partition": 1}}, "replicas": 2},
            {**_READY, "updatedReplicas": 1},
            "",
        ),
        ({"updateStrategy": {"type": "OnDelete"}}, {**_READY, "updatedReplicas": 0}, ""),
        ({"replicas": 0}, {"observedGeneration": 2}, ""),
    ],
)
def test_a_stateful_set_is_ready_when_all_pods_are_new_and_available(
    spec: dict[str, Any], status: dict[str, Any], reason: str
) -> None:
    assert waiting_for(_live("StatefulSet", spec, status), 2) == reason


_EVERYWHERE = {
    "observedGeneration": 2,
    "desiredNumberScheduled": 2,
    "updatedNumberScheduled": 2,
    "numberAvailable": 2,
}


@pytest.mark.parametrize(
    ("spec", "status", "reason"),
    [
        ({}, _EVERYWHERE, ""),
        ({}, {**_EVERYWHERE, "updatedNumberScheduled": 1}, "1 of 2 nodes have the new version"),
        ({}, {**_EVERYWHERE, "numberAvailable": 1}, "1 of 2 nodes have an available pod"),
        ({"updateStrategy": {"type": "OnDelete"}}, {**_EVERYWHERE, "updatedNumberScheduled": 1}, ""),
    ],
)
def test_a_daemon_set_is_ready_when_every_node_has_an_available_pod(
    spec: dict[str, Any], status: dict[str, Any], reason: str
) -> None:
    assert waiting_for(_live("DaemonSet", spec, status), 2) == reason


def test_a_list_that_lags_behind_the_write_is_not_believed() -> None:
    assert waiting_for(_live("Deployment", {"replicas": 2}, _READY), 3)


@pytest.mark.parametrize(
    ("kind", "spec", "status", "ready"),
    [
        ("Job", {}, {"conditions": [{"type": "Complete", "status": "True"}]}, True),
        ("Job", {}, {"active": 1}, False),
        ("PersistentVolumeClaim", {}, {"phase": "Bound"}, True),
        ("PersistentVolumeClaim", {}, {"phase": "Pending"}, False),
        ("Service", {"type": "LoadBalancer"}, {}, False),
        ("Service", {"type": "LoadBalancer"}, {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}, True),
        ("Service", {}, {}, True),
        ("Namespace", {}, {"phase": "Terminating"}, False),
        ("ConfigMap", {}, {}, True),
    ],
)
def test_other_kinds(kind: str, spec: dict[str, Any], status: dict[str, Any], ready: bool) -> None:
    assert (waiting_for(_live(kind, spec, status), 2) == "") is ready


def test_endpoints_are_urls_of_load_balancers() -> None:
    spec = {"type": "LoadBalancer", "ports": [{"port": 8080}, {"port": 443}]}
    service = _live("Service", spec, {"loadBalancer": {"ingress": [{"ip": "198.18.0.2"}]}})
    urls = [one["url"] for one in endpoints([service, _live("Service", {"ports": [{"port": 1}]}, {})])]
    assert urls == ["http://198.18.0.2:8080", "https://198.18.0.2:443"]


def test_an_endpoint_is_named_by_the_label_that_says_whose_it_is() -> None:
    spec = {"type": "LoadBalancer", "ports": [{"port": 8080}]}
    service = _live("Service", spec, {"loadBalancer": {"ingress": [{"ip": "198.18.0.2"}]}})
    service["metadata"]["name"] = "web-public"
    assert [one["service"] for one in endpoints([service])] == ["web-public"]
    service["metadata"]["labels"] = {"app.kubernetes.io/name": "web"}
    assert [one["service"] for one in endpoints([service])] == ["web"]


def test_an_address_that_nobody_can_open_is_no_endpoint_but_is_not_waited_for() -> None:
    spec = {"type": "LoadBalancer", "ports": [{"port": 8080}]}
    ingress = [{"hostname": "pods-are-simulated.invalid"}]
    service = _live("Service", spec, {"loadBalancer": {"ingress": ingress}})
    assert endpoints([service]) == []
    assert waiting_for(service, 2) == ""


def test_a_service_without_pods_of_the_release_is_not_waited_for() -> None:
    workload = _live("Deployment", {"replicas": 0, "template": {"metadata": {"labels": {"app": "web"}}}}, {})
    service = _live("Service", {"selector": {"app": "web"}}, {})
    assert not selects_workload(service, [workload])
    workload["spec"]["replicas"] = 1
    assert selects_workload(service, [workload])


@pytest.mark.parametrize("ready", [True, False])
def test_a_service_answers_when_an_endpoint_is_ready(ready: bool) -> None:
    labels = {"kubernetes.io/service-name": "web"}
    piece = {"metadata": {"labels": labels}, "endpoints": [{"conditions": {"ready": ready}}]}
    assert endpoints_ready([piece], "web") is ready

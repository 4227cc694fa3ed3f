"""A simulated cluster: a real API server, scheduler and controllers; pods that only say they run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.emulator.live_home import Cluster, LiveHome, eventually

import cloudnative_emulator

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHome]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(folder))
        live = LiveHome(folder)
        live.start("simulated")
        yield live
        cloudnative_emulator.reset()


@pytest.fixture(scope="module")
def cluster(home: LiveHome) -> Cluster:
    return home.make_cluster(count=3)


def deployment(name: str, replicas: int) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "any:1"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def test_deployments_become_ready_on_as_many_nodes_as_the_pool_has(cluster: Cluster) -> None:
    cluster.apply(deployment("web", 6))
    cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    pods = json.loads(cluster.kubectl("get", "pods", "-l", "app=web", "-o", "json"))["items"]
    assert len({pod["spec"]["nodeName"] for pod in pods}) == 3


def test_a_load_balancer_never_gets_an_address_that_looks_real(cluster: Cluster) -> None:
    spec = {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    path = "jsonpath={.status.loadBalancer.ingress[0].hostname}"
    name = eventually(lambda: cluster.kubectl("get", "service", "web", "-o", path), seconds=20)
    assert name.endswith(".invalid")


def test_the_reason_for_simulating_is_in_the_endpoint(home: LiveHome) -> None:
    found = cloudnative_emulator.endpoint()
    assert found
    assert (found.backend, found.backend_reason) == ("simulated", "asked for")


def test_objects_outlive_kill_9_of_the_daemon(home: LiveHome, cluster: Cluster) -> None:
    cluster.apply(deployment("kept", 1))
    home.kill_daemon()
    home.start("simulated")
    cluster.kubectl("rollout", "status", "deployment/kept", "--timeout=60s")

"""A real node, end to end: built, pulled with an identity's rights, run, reached, stopped, killed, reset."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from tests.emulator.live_home import Cluster, LiveHome, build_probe_server, eventually, get

import cloudnative_emulator
from cloudnative_emulator.daemon.probe import why_no_node

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHome]:
    assert why_no_node() == ""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(folder))
        live = LiveHome(folder)
        live.start("node")
        yield live
        cloudnative_emulator.reset()


@pytest.fixture(scope="module")
def cluster(home: LiveHome) -> Cluster:
    return home.make_cluster(count=3)


@pytest.fixture(scope="module")
def image(home: LiveHome, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    context = tmp_path_factory.mktemp("build") / "context"
    build_probe_server(context)
    return home.push(home.make_registry("crprobes1", cluster.kubelet), context, "probe:1")


@pytest.fixture(scope="module")
def web(cluster: Cluster, image: str) -> str:
    """URL of a running server with a volume behind a load balancer."""
    cluster.apply(*server("web", image), balancer("web"))
    cluster.kubectl("rollout", "status", "statefulset/web", "--timeout=60s")
    return f"http://{cluster.address('web')}"


def test_a_pod_with_an_image_from_the_registry_answers_at_the_load_balancers_address(web: str) -> None:
    assert get(web) == "hello from web-0"


def test_one_real_node_carries_the_labels_of_its_pool_and_stands_for_three(cluster: Cluster) -> None:
    labels = json.loads(cluster.kubectl("get", "nodes", "-o", "json"))["items"][0]["metadata"]["labels"]
    assert (labels["agentpool"], labels["kubernetes.azure.com/mode"]) == ("system", "system")
    assert labels["topology.kubernetes.io/region"] == "koreacentral"
    assert cloudnative_emulator.status()["clusters"][0]["nodes"] == "1 real node for 3"


def test_a_pod_finds_services_by_name_and_reaches_them(web: str) -> None:
    assert "10.0.0.1" in get(f"{web}/lookup?name=kubernetes.default")
    assert get(f"{web}/get?url=http://web.default.svc.cluster.local") == "hello from web-0"


def test_logs_and_exec_work(cluster: Cluster, web: str) -> None:
    assert "listening" in cluster.kubectl("logs", "web-0")
    assert cluster.kubectl("exec", "web-0", "--", "/server", "inside") == "ran inside\n"


def test_two_services_on_one_port_get_two_addresses(cluster: Cluster, web: str) -> None:
    cluster.apply(balancer("second", app="web"))
    second = cluster.address("second")
    assert f"http://{second}" != web
    assert get(f"http://{second}") == "hello from web-0"


def test_a_volumes_data_outlives_its_pod(cluster: Cluster, web: str) -> None:
    get(f"{web}/file?text=kept")
    cluster.kubectl("delete", "pod", "web-0", "--grace-period=0", "--force")
    cluster.kubectl("rollout", "status", "statefulset/web", "--timeout=60s")
    assert get(f"{web}/file").startswith("kept")


def test_a_deleted_claim_takes_its_data_along(cluster: Cluster, image: str) -> None:
    cluster.apply(*server("short", image))
    cluster.kubectl("rollout", "status", "statefulset/short", "--timeout=60s")
    path = "jsonpath={.spec.volumeName}"
    volume = cluster.kubectl("get", "pvc", "data-short-0", "-o", path)
    assert (cluster.folder / "volumes" / volume).is_dir()
    cluster.kubectl("delete", "statefulset/short", "pvc/data-short-0")
    eventually(lambda: not (cluster.folder / "volumes" / volume).exists(), seconds=20)


def test_a_killed_component_comes_back(cluster: Cluster, web: str) -> None:
    before = component("kube-scheduler")
    os.kill(before["pid"], signal.SIGKILL)
    after = eventually(lambda: _restarted("kube-scheduler", before["pid"]), seconds=20)
    assert after["restarts"] == before["restarts"] + 1


def test_a_node_that_dies_is_booted_again(web: str) -> None:
    rows = cloudnative_emulator.status()["processes"]
    node = next(row for row in rows if row["name"].startswith("cluster "))
    os.kill(node["pid"], signal.SIGKILL)
    eventually(lambda: cloudnative_emulator.status()["clusters"][0]["state"] != "running", seconds=20)
    assert get(web, seconds=120) == "hello from web-0"


def test_stop_and_start_bring_the_application_back_with_its_data(home: LiveHome, web: str) -> None:
    get(f"{web}/file?text=through+a+stop")
    cloudnative_emulator.stop()
    assert cloudnative_emulator.status()["state"] == "stopped"
    home.start()
    assert get(f"{web}/file", seconds=90).startswith("through a stop")


def test_kill_9_and_start_bring_the_application_back_with_its_data(home: LiveHome, web: str) -> None:
    get(f"{web}/file?text=through+a+kill")
    home.kill_daemon()
    home.start()
    assert get(f"{web}/file", seconds=90).startswith("through a kill")


def component(name: str) -> dict[str, Any]:
    rows = cloudnative_emulator.status()["processes"]
    return next(row for row in rows if row["name"].endswith(f"/{name}"))


def _restarted(name: str, pid: int) -> dict[str, Any] | None:
    row = component(name)
    return row if row["pid"] and row["pid"] != pid else None


def server(name: str, image: str) -> list[dict[str, Any]]:
    container = {
        "name": "server",
        "image": image,
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
        "securityContext": {"runAsUser": 10001, "runAsNonRoot": True},
    }
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [container], "securityContext": {"fsGroup": 10001}},
    }
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    spec = {
        "serviceName": name,
        "selector": {"matchLabels": {"app": name}},
        "template": template,
        "volumeClaimTemplates": [claim],
    }
    return [{"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": spec}]


def balancer(name: str, app: str | None = None) -> dict[str, Any]:
    ports = [{"port": 80, "targetPort": 8080}]
    spec = {"type": "LoadBalancer", "selector": {"app": app or name}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}

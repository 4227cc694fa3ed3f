"""What Prometheus is told to scrape, with the labels of Azure's managed one."""

from pathlib import Path
from typing import Any

import pytest

from cloudnative_emulator.monitoring.pod_targets import PodTargets, target
from cloudnative_emulator.monitoring.scrape_config import configuration
from cloudnative_emulator.monitoring.scraped import Scraped

CLUSTER = Scraped(
    key="aks-krc-1a2b3c",
    name="aks-krc",
    server="198.18.0.2:6443",
    ca=Path("/ca"),
    certificate=Path("/crt"),
    private_key=Path("/key"),
    nodes={"node-0": "198.18.0.2:10250"},
    control_plane={"kube-apiserver": "198.18.0.2:6443", "kube-scheduler": "198.18.0.2:10259"},
)


def pod(phase: str = "Running", **annotations: str) -> dict[str, Any]:
    wanted = {f"prometheus.io/{name}": value for name, value in annotations.items()}
    labels = {"app.kubernetes.io/name": "web"}
    meta = {"uid": "u", "name": "web-1", "namespace": "shop", "annotations": wanted, "labels": labels}
    spec = {"containers": [{"name": "web", "ports": [{"containerPort": 8000}]}]}
    return {"metadata": meta, "spec": spec, "status": {"phase": phase, "podIP": "10.244.0.7"}}


def test_every_kind_of_target_is_scraped_with_the_clusters_own_certificates() -> None:
    jobs = configuration([CLUSTER], Path("/targets"))["scrape_configs"]
    assert [job["job_name"].split("/", 1)[1] for job in jobs] == [
        "kubernetes-pods",
        "cadvisor/node-0",
        "kubelet/node-0",
        "controlplane-apiserver/198.18.0.2:6443",
        "controlplane-kube-scheduler/198.18.0.2:10259",
    ]
    assert {job["tls_config"]["cert_file"] for job in jobs} == {"/crt"}
    assert jobs[0]["file_sd_configs"][0]["files"] == ["/targets/aks-krc-1a2b3c.json"]
    assert jobs[1]["static_configs"][0]["labels"] == {
        "job": "cadvisor",
        "cluster": "aks-krc",
        "instance": "node-0",
    }


def test_an_annotated_pod_is_reached_through_its_api_server() -> None:
    found = target(CLUSTER, pod(scrape="true", port="9090", path="/stats"))
    assert found and found["targets"] == ["198.18.0.2:6443"]
    labels = found["labels"]
    assert labels["__metrics_path__"] == "/api/v1/namespaces/shop/pods/web-1:9090/proxy/stats"
    assert (labels["kubernetes_namespace"], labels["kubernetes_pod_name"]) == ("shop", "web-1")
    assert labels["app_kubernetes_io_name"] == "web" and labels["cluster"] == "aks-krc"


@pytest.mark.parametrize(
    ("found", "port"),
    [
        (pod(scrape="true"), ":8000/"),
        (pod(scrape="true", scheme="https", port="1"), "https:web-1:1/"),
        (pod(scrape="false"), None),
        (pod(), None),
        (pod(phase="Pending", scrape="true"), None),
    ],
)
def test_which_pods_are_targets(found: dict[str, Any], port: str | None) -> None:
    entry = target(CLUSTER, found)
    assert (entry is None) if port is None else (entry and port in entry["labels"]["__metrics_path__"])


def test_the_file_of_targets_follows_the_pods(tmp_path: Path) -> None:
    targets = PodTargets(CLUSTER, tmp_path)
    targets.take("ADDED", pod(phase="Pending", scrape="true"))
    assert list(targets.listed()) == []
    targets.take("MODIFIED", pod(scrape="true"))
    assert "web-1:8000" in (tmp_path / "aks-krc-1a2b3c.json").read_text()
    targets.take("DELETED", pod(scrape="true"))
    assert (tmp_path / "aks-krc-1a2b3c.json").read_text() == "[]"

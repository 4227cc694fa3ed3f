"""Prometheus' configuration: what is scraped how often, which series are kept, under Azure's names.

Jobs, labels and the choice of series are those of Azure's managed Prometheus (its pod annotation job and its
minimal profile), so that a query that works here works there. Only the intervals are shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from cloudnative_emulator.monitoring.scraped import Scraped

PODS = "kubernetes-pods"
_PROCESS = "process_cpu_seconds_total|process_resident_memory_bytes"


@dataclass(frozen=True)
class Job:
    """How one kind of target is scraped."""

    name: str
    seconds: int
    keep: str = ".*"  # names of the series that are kept


JOBS = {
    "pods": Job(PODS, seconds=10),
    "cadvisor": Job(
        "cadvisor",
        seconds=10,
        keep="container_cpu_usage_seconds_total|container_cpu_cfs_(periods|throttled_periods)_total"
        "|container_memory_(working_set_bytes|rss)|container_network_(receive|transmit)_bytes_total"
        "|machine_(cpu_cores|memory_bytes)",
    ),
    "kubelet": Job(
        "kubelet", seconds=30, keep=f"kubelet_running_(pods|containers)|kubelet_node_name|{_PROCESS}"
    ),
    "kube-apiserver": Job(
        "controlplane-apiserver",
        seconds=60,
        keep="apiserver_request_total|apiserver_current_inflight_requests|apiserver_storage_objects"
        f"|etcd_request_duration_seconds_(sum|count)|{_PROCESS}",
    ),
    "kube-controller-manager": Job(
        "controlplane-kube-controller-manager", seconds=60, keep=f"workqueue_(depth|adds_total)|{_PROCESS}"
    ),
    "kube-scheduler": Job(
        "controlplane-kube-scheduler",
        seconds=60,
        keep=f"scheduler_(pending_pods|schedule_attempts_total)|{_PROCESS}",
    ),
}


def configuration(clusters: list[Scraped], targets: Path) -> dict[str, Any]:
    """The whole document; `targets` is the folder with a file of pods for each cluster."""
    jobs = [job for cluster in clusters for job in _jobs(cluster, targets)]
    return {"global": {"scrape_interval": "30s", "scrape_timeout": "5s"}, "scrape_configs": jobs}


def targets_file(folder: Path, cluster: Scraped) -> Path:
    """Where the pods of a cluster are listed."""
    return folder / f"{cluster.key}.json"


def _jobs(cluster: Scraped, targets: Path) -> list[dict[str, Any]]:
    pods = {"files": [str(targets_file(targets, cluster))], "refresh_interval": "5s"}
    found = [_job(cluster, JOBS["pods"], file_sd_configs=[pods])]
    for node, address in cluster.nodes.items():
        for name, path in (("cadvisor", "/metrics/cadvisor"), ("kubelet", "/metrics")):
            found.append(_static(cluster, JOBS[name], address, instance=node, path=path))
    return found + [
        _static(cluster, JOBS[program], address, instance=address)
        for program, address in cluster.control_plane.items()
    ]


def _static(
    cluster: Scraped, job: Job, address: str, *, instance: str, path: str = "/metrics"
) -> dict[str, Any]:
    labels = {"job": job.name, "cluster": cluster.name, "instance": instance}
    return _job(
        cluster,
        job,
        suffix=f"/{instance}",
        metrics_path=path,
        static_configs=[{"targets": [address], "labels": labels}],
    )


def _job(cluster: Scraped, job: Job, *, suffix: str = "", **discovery: Any) -> dict[str, Any]:
    keep = {"source_labels": ["__name__"], "regex": job.keep, "action": "keep"}
    return {
        "job_name": f"{cluster.key}/{job.name}{suffix}",
        "scheme": "https",
        "scrape_interval": f"{job.seconds}s",
        "tls_config": {
            "ca_file": str(cluster.ca),
            "cert_file": str(cluster.certificate),
            "key_file": str(cluster.private_key),
        },
        "sample_limit": 20000,
        "metric_relabel_configs": [] if job.keep == ".*" else [keep],
        **discovery,
    }

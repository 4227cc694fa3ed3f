"""Annotated pods as targets, with the labels that Azure's managed Prometheus gives them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.identity.private_files import write_private
from cloudnative_emulator.monitoring.scrape_config import PODS, targets_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cloudnative_emulator.clusters.kube import KubeClient, Object
    from cloudnative_emulator.monitoring.scraped import Scraped

_PREFIX = "prometheus.io/"


def target(cluster: Scraped, pod: Object) -> dict[str, Any] | None:
    """The pod's entry for Prometheus; None where it asks for none or does not run."""
    meta: Object = pod["metadata"]
    status: Object = pod.get("status") or {}
    wanted: dict[str, str] = meta.get("annotations") or {}
    if wanted.get(f"{_PREFIX}scrape") != "true" or status.get("phase") != "Running":
        return None
    port = wanted.get(f"{_PREFIX}port") or _first_port(pod)
    if not port or meta.get("deletionTimestamp"):
        return None
    path = wanted.get(f"{_PREFIX}path", "/metrics")
    scheme = "https:" if wanted.get(f"{_PREFIX}scheme") == "https" else ""
    proxy = f"/api/v1/namespaces/{meta['namespace']}/pods/{scheme}{meta['name']}:{port}/proxy"
    own: dict[str, str] = meta.get("labels") or {}
    labels = {re.sub(r"[^a-zA-Z0-9_]", "_", name): value for name, value in own.items()}
    return {
        "targets": [cluster.server],
        "labels": {
            **labels,
            "__metrics_path__": f"{proxy}/{path.lstrip('/')}",
            "job": PODS,
            "cluster": cluster.name,
            "instance": f"{status.get('podIP', meta['name'])}:{port}",
            "kubernetes_namespace": meta["namespace"],
            "kubernetes_pod_name": meta["name"],
        },
    }


def _first_port(pod: Object) -> str:
    containers: list[Object] = pod["spec"]["containers"]
    numbers = [str(port["containerPort"]) for each in containers for port in each.get("ports", [])]
    return numbers[0] if numbers else ""


class PodTargets:
    """Keeps the file of one cluster's pods current."""

    def __init__(self, cluster: Scraped, folder: Path) -> None:
        self._cluster, self._file = cluster, targets_file(folder, cluster)
        self._targets: dict[str, dict[str, Any]] = {}

    async def run(self, client: KubeClient) -> None:
        """Follow the pods for ever."""
        self._write()
        async for change, pod in client.watch("/api/v1/pods"):
            self.take(change, pod)

    def take(self, change: str, pod: Object) -> None:
        """One change of one pod."""
        uid = pod["metadata"]["uid"]
        found = None if change == "DELETED" else target(self._cluster, pod)
        if found == self._targets.get(uid):
            return
        self._targets.pop(uid, None)
        if found:
            self._targets[uid] = found
        self._write()

    def listed(self) -> Iterable[dict[str, Any]]:
        """Every target there is."""
        return self._targets.values()

    def _write(self) -> None:
        write_private(self._file, json.dumps(list(self.listed())).encode())

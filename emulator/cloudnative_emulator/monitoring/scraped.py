"""What of a cluster can be scraped, and how one gets in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cloudnative_emulator.clusters.control_plane import Layout
    from cloudnative_emulator.clusters.pki import Pki
    from cloudnative_emulator.clusters.state import ClusterState


@dataclass(frozen=True)
class Scraped:
    """One running cluster; its pods, in a network of their own, are reached through its API server."""

    key: str  # fit for file names
    name: str  # what Azure's label `cluster` says
    server: str  # host:port of the API server
    ca: Path
    certificate: Path
    private_key: Path
    nodes: dict[str, str] = field(default_factory=dict[str, str])  # name -> host:port of a real kubelet
    control_plane: dict[str, str] = field(default_factory=dict[str, str])  # program -> host:port


def scraped_control_plane(cluster: ClusterState, layout: Layout, pki: Pki, nodes: dict[str, str]) -> Scraped:
    """A cluster whose control plane is ours; `nodes` are its kubelets."""
    certificate, key = pki.certificate("admin")
    server = layout.server.removeprefix("https://")
    host = server.rpartition(":")[0]
    control_plane = {
        "kube-apiserver": server,
        "kube-controller-manager": f"{host}:{layout.controller_manager_port}",
        "kube-scheduler": f"{host}:{layout.scheduler_port}",
    }
    return Scraped(cluster.key, cluster.spec.name, server, pki.ca, certificate, key, nodes, control_plane)

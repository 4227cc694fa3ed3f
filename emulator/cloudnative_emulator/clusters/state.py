"""What the back ends keep of each cluster in its folder, so that start brings it back."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudnative_emulator.clusters.labels import node_name
from cloudnative_emulator.identity.private_files import write_private
from cloudnative_emulator.ports import ClusterSpec, PoolSpec

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class ClusterState:
    """One cluster as last asked for; `running` is what was asked for, not what is."""

    folder: Path
    spec: ClusterSpec
    running: bool = True
    block: int | None = None
    node: str = ""

    @property
    def key(self) -> str:
        """Short, unique, fit for file names and process names."""
        return self.folder.name

    def write(self) -> None:
        """Keep it (0600: the spec holds tokens)."""
        content = {"spec": dataclasses.asdict(self.spec), "running": self.running}
        write_private(
            self.folder / "cluster.json",
            json.dumps({**content, "block": self.block, "node": self.node}).encode(),
        )


def folder_of(home: Path, cluster_id: str) -> Path:
    """The folder of a cluster: its name, and a mark of its id, because names repeat between groups."""
    name = re.sub(r"[^a-z0-9-]", "-", cluster_id.rsplit("/", 1)[-1].lower())[:40]
    mark = hashlib.sha256(cluster_id.lower().encode()).hexdigest()[:6]
    return home / "emulator/clusters" / f"{name}-{mark}"


def read(folder: Path) -> ClusterState | None:
    """The state kept in `folder`; None when there is none."""
    with contextlib.suppress(FileNotFoundError):
        kept = json.loads((folder / "cluster.json").read_text())
        pools = [PoolSpec(**pool) for pool in kept["spec"].pop("pools")]
        spec = ClusterSpec(**kept["spec"], pools=pools)
        return ClusterState(folder, spec, kept["running"], kept["block"], kept["node"])
    return None


def wanted(folder: Path, spec: ClusterSpec) -> ClusterState:
    """`spec`, meant to run, with the addresses and the node's name that the cluster has had so far."""
    if kept := read(folder):
        return ClusterState(folder, spec, True, kept.block, kept.node)
    return ClusterState(folder, spec, node=node_name(spec.id, spec.pools[0].name, 0))


def read_all(home: Path) -> list[ClusterState]:
    """Every kept cluster of a home."""
    folder = home / "emulator/clusters"
    folders = sorted(folder.iterdir()) if folder.is_dir() else []
    return [state for each in folders if (state := read(each))]


def needs_restart(old: ClusterSpec, new: ClusterSpec) -> bool:
    """Whether the API server's own command line or files would differ."""
    return any(
        getattr(old, name) != getattr(new, name)
        for name in ("issuer", "audience", "authorizer_url", "authorizer_token", "service_account_issuer")
    )

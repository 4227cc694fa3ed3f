"""Everything between "boot this cluster" and its first process: addresses, files, command line."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters import (
    cgroups,
    control_plane,
    image_pulls,
    network,
    node_files,
    node_init,
    overlay,
)
from cloudnative_emulator.clusters.config_files import write_config
from cloudnative_emulator.clusters.control_plane import Layout
from cloudnative_emulator.clusters.host_programs import host_program
from cloudnative_emulator.clusters.labels import node_labels
from cloudnative_emulator.clusters.pki import Pki
from cloudnative_emulator.daemon.supervisor import memory_mb
from cloudnative_emulator.identity.private_files import make_private_folder
from cloudnative_emulator.ports import ProcessSpec
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.network import Block
    from cloudnative_emulator.clusters.state import ClusterState
    from cloudnative_emulator.ports import Ports

_ROOT = Path("/run/n")  # the cluster's folder as its programs see it: short, whatever the home is called


@dataclass
class Boot:
    """One boot of one node."""

    cluster: ClusterState
    block: Block
    layout: Layout
    pki: Pki
    process: ProcessSpec
    cgroup: str

    def clean(self) -> None:
        """Remove what does not die with the processes."""
        network.release(self.block, str(self.cluster.folder))
        cgroups.remove(self.cgroup)


def prepare(home: Path, cluster: ClusterState, emulator_ca: str, ports: Ports) -> Boot:
    """Claim addresses and write every file; the process is ready to be started."""
    make_private_folder(cluster.folder)
    block = network.claim(str(cluster.folder), cluster.block)
    try:
        return _prepare(home, cluster, emulator_ca, ports, block)
    except BaseException:
        network.release(block, str(cluster.folder))
        cgroups.remove(cgroup_name(cluster.folder))
        raise


def _prepare(home: Path, cluster: ClusterState, emulator_ca: str, ports: Ports, block: Block) -> Boot:
    cluster.block = block.index
    cgroup = cgroup_name(cluster.folder)
    layout = layout_of(cluster.folder, block)
    pki = Pki.load(cluster.folder)
    service = "kubernetes.default.svc"
    names = ["kubernetes", "kubernetes.default", service, f"{service}.cluster.local", "localhost"]
    pki.issue_servers([*names, block.node, "127.0.0.1", "10.0.0.1"])
    pki.issue_clients(cluster.node, block.node)
    control_plane.write_files(layout, cluster.spec, pki, emulator_ca)
    registries = ports.registries()
    node_files.write_files(
        layout,
        pki,
        node=cluster.node,
        cgroup=cgroups.make(cgroup),
        snapshotter="overlayfs" if overlay.works_in(cluster.folder) else "native",
        username=cluster.spec.kubelet_username,
        password=cluster.spec.kubelet_password,
        registry_ports=registries,
    )
    image_pulls.write_registry_hosts(layout, emulator_ca, registries, ports.docker_mirror)
    spec_file = cluster.folder / "config/init.json"
    write_config(spec_file, json.dumps(_init_spec(home, cluster, block, layout)).encode())
    return Boot(cluster, block, layout, pki, _process(cluster, spec_file), cgroup)


def layout_of(folder: Path, block: Block) -> Layout:
    """Where the control plane of a node listens: fixed ports, because the network namespace is its own."""
    return Layout(folder, _ROOT, block.node, block.node, 6443, 2379, 2380, 10257, 10259)


def cgroup_name(folder: Path) -> str:
    """The control group of a cluster: unique between homes."""
    return f"{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:6]}"


def program_rows(boot: Boot, children: dict[int, str]) -> list[dict[str, Any]]:
    """Name, pid on this host, state, memory and restarts of each program of a running node."""
    status: dict[str, dict[str, Any]] = json.loads((boot.cluster.folder / "status.json").read_text())
    pids = {name: pid for pid, name in children.items()}
    return [
        {
            "name": f"{boot.cluster.key}/{name}",
            "pid": (pid := pids.get(name[:15])),  # the kernel keeps 15 characters of a name
            "state": "running" if pid else "restarting",
            "restarts": row["restarts"],
            "memory_mb": memory_mb(pid) if pid else 0,
            "port": _PORTS.get(name),
            "log": str(boot.cluster.folder / "logs" / f"{name}.log"),
        }
        for name, row in status.items()
        if not row["done"]
    ]


_PORTS = {
    "etcd": 2379, "kube-apiserver": 6443, "kubelet": 10250, "kube-controller-manager": 10257,
    "kube-scheduler": 10259, "kube-proxy": 10256, "coredns": 53,
}  # fmt: skip


def _process(cluster: ClusterState, spec_file: Path) -> ProcessSpec:
    """`unshare`, then our init: when it or the daemon dies, the kernel ends everything in the namespaces."""
    unshare = [
        str(host_program("unshare")),
        "--mount",
        "--net",
        "--pid",
        "--uts",
        "--ipc",
        "--fork",
        "--kill-child",
    ]
    python = [sys.executable, "-I", "-S", node_init.FOLDER, str(spec_file)]
    log = cluster.folder / "logs/init.log"
    return ProcessSpec(
        f"cluster {cluster.key}", [*unshare, "--", *python], {"PATH": os.defpath}, log, restart=False
    )


def _init_spec(home: Path, cluster: ClusterState, block: Block, layout: Layout) -> dict[str, Any]:
    labels = _allowed(node_labels(cluster.spec))
    commands = [
        *node_files.commands(layout, node=cluster.node, labels=labels),
        *control_plane.commands(layout, cluster.spec),
    ]
    search = [str(program(name).parent) for name in node_files.NODE_PROGRAMS]
    return {
        "folder": str(cluster.folder),
        "keep": [str(home), *dict.fromkeys(search)],
        "status": "/run/n/status.json",
        "env": {"PATH": ":".join([*dict.fromkeys(search), "/usr/sbin:/usr/bin:/sbin:/bin"]), "HOME": "/run"},
        "network": {
            "ip": str(host_program("ip")),
            "hostname": cluster.node,
            "addresses": [block.node, *block.balancers],
            "prefix": block.network.prefixlen,
            "gateway": block.host,
        },
        "programs": [
            {
                "name": each.name,
                "argv": each.argv,
                "log": f"/run/n/logs/{each.name}.log",
                "waits_for": list(each.waits_for),
                "once": each.once,
            }
            for each in commands
        ],
    }


def _allowed(labels: dict[str, str]) -> dict[str, str]:
    """Without the labels that kubelet may not give itself; those are patched on afterwards."""
    own = ("kubelet.kubernetes.io/", "node.kubernetes.io/", "topology.kubernetes.io/")
    return {
        key: value
        for key, value in labels.items()
        if key.startswith(own) or not any(part in key for part in ("kubernetes.io/", "k8s.io/"))
    }

"""What an emulator could leave on a machine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from cloudnative_emulator.builder.buildkit import cgroup_name as builder_cgroup
from cloudnative_emulator.clusters import network
from cloudnative_emulator.clusters.node_boot import cgroup_name
from cloudnative_toolchain.programs import program


def traces(home: Path, clusters: list[Path]) -> dict[str, list[str]]:
    """Everything on this machine that belongs to the home and these folders of clusters in it."""
    groups = [builder_cgroup(home), *(cgroup_name(each) for each in clusters)]
    marks = [network.mark_of(str(each)) for each in clusters]
    return {
        "processes": _processes(str(home)),
        "mounts": [line for line in Path("/proc/mounts").read_text().splitlines() if str(home) in line],
        "links": [name for name, mark in network.links().items() if mark in marks],
        "cgroups": [
            str(each) for each in Path("/sys/fs/cgroup").glob("*/cloudnative/*") if each.name in groups
        ],
        "files": [str(each) for each in home.glob("emulator*")],
    }


def shared_with_the_host() -> dict[str, list[str]]:
    """What a node must never add to: nft tables and namespaces of the host, kubelet's and CNI's folders."""
    argv = [str(program("nft")), "-j", "list", "tables"]
    shown = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    tables = [row["table"] for row in shown["nftables"] if "table" in row]
    folders = (
        "/var/lib/kubelet",
        "/var/lib/cni",
        "/var/log/pods",
        "/var/log/containers",
        "/etc/cni",
        "/run/containerd",
    )
    return {
        "nft tables": sorted(f"{table['family']} {table['name']}" for table in tables),
        "named namespaces": sorted(str(each) for each in Path("/run").glob("netns/*")),
        "folders": [folder for folder in folders if Path(folder).exists()],
    }


def _processes(home: str) -> list[str]:
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                texts = [
                    (entry / name).read_bytes().decode(errors="replace") for name in ("cmdline", "environ")
                ]
            except OSError:
                continue
            if "pytest" not in texts[0] and any(home in text for text in texts):
                found.append(texts[0].replace("\0", " "))
    return found

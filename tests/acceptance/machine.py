"""What is on the machine, as sets that can be compared: the proof that nothing of ours is left."""

from __future__ import annotations

import subprocess
from pathlib import Path

Snapshot = dict[str, frozenset[str]]


def snapshot(marker: str) -> Snapshot:
    """Processes that name `marker` in argv or environment, mounts, namespaces, links, nft tables, cgroups."""
    return {
        "processes": frozenset(_processes(marker)),
        "mounts": frozenset(Path("/proc/self/mounts").read_text().splitlines()),
        "namespaces": frozenset(_namespaces()),
        "links": frozenset(path.name for path in Path("/sys/class/net").iterdir()),
        "routes": frozenset(_output("ip", "route")),
        "nft": frozenset(_output("nft", "list", "tables")),
        "cgroups": frozenset(str(path) for path in Path("/sys/fs/cgroup").rglob("*") if path.is_dir()),
    }


def difference(before: Snapshot, after: Snapshot) -> dict[str, tuple[list[str], list[str]]]:
    """Per kind that differs: (what came, what went)."""
    return {
        kind: (sorted(after[kind] - before[kind]), sorted(before[kind] - after[kind]))
        for kind in before
        if before[kind] != after[kind]
    }


def _processes(marker: str) -> list[str]:
    found: list[str] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue  # it ended while we looked
        if marker.encode() in text:
            found.append((folder / "comm").read_text().strip() + " " + folder.name)
    return found


def _namespaces() -> set[str]:
    found: set[str] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        for kind in ("net", "mnt", "pid"):
            try:
                found.add(str((folder / "ns" / kind).readlink()))
            except OSError:
                continue
    return found


def _output(*command: str) -> list[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    except FileNotFoundError:
        return []

"""What is on the machine, as sets that can be compared: the proof that nothing of ours is left.

Other emulators may come and go meanwhile, a user's own for one; what belongs to one that lives is left out.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cloudnative_emulator.builder.buildkit import cgroup_name as builder_cgroup
from cloudnative_emulator.clusters import network, state
from cloudnative_emulator.clusters.node_boot import cgroup_name
from cloudnative_toolchain.programs import program

Snapshot = dict[str, frozenset[str]]
CGROUPS = Path("/sys/fs/cgroup")


def snapshot(marker: str) -> Snapshot:
    """Processes that know `marker` and their namespaces, mounts, links, routes, nft tables, cgroups."""
    ours = list(_processes(marker))
    others = [home for home in _homes() if marker not in str(home)]
    foreign = {mark for home in others for mark in _marks(home)}
    links = {name for name, mark in network.links().items() if mark in foreign}
    return {
        "processes": frozenset(f"{_text(p / 'comm').strip()} {p.name}" for p in ours),
        "namespaces": frozenset(name for p in ours for name in _namespaces(p)),
        "mounts": frozenset(Path("/proc/self/mounts").read_text().splitlines()),
        "links": frozenset(path.name for path in Path("/sys/class/net").iterdir()) - links,
        "routes": frozenset(r for r in _output("ip", "route") if not any(link in r for link in links)),
        "nft": frozenset(_output(str(program("nft")), "list", "tables")),
        "cgroups": frozenset(_cgroups({name for home in others for name in _groups(home)})),
    }


def difference(before: Snapshot, after: Snapshot) -> dict[str, tuple[list[str], list[str]]]:
    """Per kind that differs: (what came, what went)."""
    return {
        kind: (sorted(after[kind] - before[kind]), sorted(before[kind] - after[kind]))
        for kind in before
        if before[kind] != after[kind]
    }


def _processes(marker: str) -> Iterator[Path]:
    """Those with the marker in command line, environment or mounts, as a pod's volumes are; not the tests."""
    tests = _parents(os.getpid())
    for folder in Path("/proc").glob("[0-9]*"):
        if int(folder.name) not in tests and any(
            marker in _text(folder / name) for name in ("cmdline", "environ", "mountinfo")
        ):
            yield folder


def _parents(pid: int) -> list[int]:
    """The process and what started it, up to the first."""
    status = _text(Path(f"/proc/{pid}/status"))
    parent = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:")), 0)
    return [pid, *(_parents(parent) if parent else [])]


def _namespaces(process: Path) -> Iterator[str]:
    for kind in ("net", "mnt", "pid"):
        own = (Path("/proc/self/ns") / kind).readlink()
        try:
            found = (process / "ns" / kind).readlink()
        except OSError:
            continue  # it ended while we looked
        if found != own:
            yield str(found)


def _homes() -> set[Path]:
    """The homes of every emulator that runs on this machine."""
    found: set[Path] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        if "cloudnative_emulator" in _text(folder / "cmdline"):
            variables = _text(folder / "environ").split("\0")
            found |= {Path(v.partition("=")[2]) for v in variables if v.startswith("CLOUDNATIVE_HOME=")}
    return found


def _marks(home: Path) -> list[str]:
    return [network.mark_of(str(cluster.folder)) for cluster in state.read_all(home)]


def _groups(home: Path) -> list[str]:
    return [builder_cgroup(home), *(cgroup_name(cluster.folder) for cluster in state.read_all(home))]


def _cgroups(foreign: set[str]) -> Iterator[str]:
    """Every group but those of others, and but the folder that we share with them while there are any."""
    neighbours = _neighbours()
    for path in CGROUPS.rglob("*"):
        parts = path.relative_to(CGROUPS).parts
        shared = bool(foreign) and parts[1:] == ("cloudnative",)
        if path.is_dir() and not shared and not foreign & set(parts) and path.parent not in neighbours:
            yield str(path)


def _neighbours() -> set[Path]:
    """Folders of groups next to this process's own: what starts commands here makes and removes them."""
    found: set[Path] = set()
    for line in _text(Path("/proc/self/cgroup")).splitlines():
        _, controllers, own = line.split(":", 2)
        if own.count("/") > 1:
            found.add(CGROUPS / controllers / Path(own).parent.relative_to("/"))
    return found


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode(errors="replace")
    except OSError:
        return ""  # it ended while we looked


def _output(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

"""The control groups of a node, on hosts with cgroup v1 and v2."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_TOP = "cloudnative"


def is_v2(root: Path = _ROOT) -> bool:
    """Whether this host has the one unified hierarchy."""
    return (root / "cgroup.controllers").exists()


def hierarchies(root: Path = _ROOT) -> list[Path]:
    """The mount of every controller; one for all on v2, and that one beside the others on hybrid hosts."""
    if is_v2(root):
        return [root]
    return sorted({each.resolve() for each in root.iterdir() if (each / "cgroup.procs").exists()})


def make(name: str, root: Path = _ROOT) -> str:
    """Make the group of one node in every hierarchy; returns the path that kubelet calls `cgroupRoot`.

    What a daemon that was killed left of it is removed first: kubelet takes the groups of containers that
    are gone for running ones, and asks containerd for each of them for seconds before the node is Ready.
    """
    _clear(name, root, seconds=3)
    for hierarchy in hierarchies(root):
        for attempt in range(3):
            try:
                _make_in(hierarchy, name)
                break
            except FileNotFoundError:  # another home's emulator has just removed the common parent
                if attempt == 2:
                    raise
    return f"/{_TOP}/{name}"


def remove(name: str, root: Path = _ROOT, *, seconds: float = 3) -> None:
    """Remove the group of one node and what kubelet made below it, and the common parent when it is empty."""
    _clear(name, root, seconds)
    for hierarchy in hierarchies(root):
        with contextlib.suppress(OSError):
            (hierarchy / _TOP).rmdir()


def _make_in(hierarchy: Path, name: str) -> None:
    folder = hierarchy
    for part in (_TOP, name):
        _delegate(folder)
        folder = folder / part
        folder.mkdir(exist_ok=True)
        _fill_cpuset(folder)
    _delegate(folder)


def _clear(name: str, root: Path, seconds: float) -> None:
    """A group can only be removed once the kernel has done with its last process: wait for a while."""
    deadline = time.monotonic() + seconds
    for hierarchy in hierarchies(root):
        while not _remove_tree(hierarchy / _TOP / name) and time.monotonic() < deadline:
            time.sleep(0.02)


def _remove_tree(folder: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):  # the processes' end may remove groups, too
        for child in folder.iterdir():
            if child.is_dir():
                _remove_tree(child)
        with contextlib.suppress(OSError):  # busy: the caller tries again
            folder.rmdir()
    return not folder.exists()


def _fill_cpuset(folder: Path) -> None:
    """On v1 a group without cpus and memory nodes takes no process."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        file = folder / name
        if (folder / "tasks").exists() and file.exists() and not file.read_text().strip():
            file.write_text((folder.parent / name).read_text())


def _delegate(folder: Path) -> None:
    """On v2 a controller works in a group's children only once it is switched on in the group."""
    control = folder / "cgroup.subtree_control"
    if control.exists():
        for controller in (folder / "cgroup.controllers").read_text().split():
            with contextlib.suppress(
                OSError
            ):  # one that this host cannot delegate; kubelet says what it misses
                control.write_text(f"+{controller}")

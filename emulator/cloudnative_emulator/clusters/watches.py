"""inotify: a cluster's programs watch files, and Linux allows a user only so many watchers."""

from __future__ import annotations

import os
from pathlib import Path

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

NEEDED = 24  # what kubelet, containerd, kube-proxy, API server and controllers of one node open, counted
_LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
_ENOUGH = 1024


def shortage(needed: int) -> CloudnativeError | None:
    """Why a cluster that opens so many watchers would not start; None where it can, or nobody knows."""
    try:
        allowed = int(_LIMIT.read_text())
    except (OSError, ValueError):
        return None
    return judged(allowed, in_use(), needed)


def judged(allowed: int, used: int, needed: int) -> CloudnativeError | None:
    """The same, of numbers."""
    if used + needed <= allowed:
        return None
    return CloudnativeError(
        code="emulator.watches",
        what="this machine has no file watchers left for another cluster",
        why=f"Linux allows a user {allowed} inotify instances, {used} are in use, a cluster needs {needed}; "
        "its programs would end with `too many open files`",
        fix=f"sudo sysctl -w fs.inotify.max_user_instances={_ENOUGH}",
        docs="README.md",
        exit_code=ExitCode.RESOURCE,
    )


def in_use() -> int:
    """inotify instances of this user's processes, as far as they may be looked at."""
    return sum(instances(folder) for folder in Path("/proc").iterdir() if folder.name.isdigit())


def instances(process: Path) -> int:
    """Those of one process, by its folder in /proc; none of another user's."""
    try:
        if process.stat().st_uid != os.getuid():
            return 0
        return sum(_is_inotify(entry) for entry in (process / "fd").iterdir())
    except OSError:  # it ended, or is not ours to look at
        return 0


def _is_inotify(descriptor: Path) -> bool:
    try:
        return str(descriptor.readlink()) == "anon_inode:inotify"
    except OSError:
        return False

"""Whether this machine has room for what a run writes, asked before anything is written."""

from __future__ import annotations

import os
from pathlib import Path

from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import CloudnativeError

LEAST_FREE = 16 << 20  # state, locks and logs of one run, with a margin


def require_room() -> None:
    """CloudnativeError where the state folder cannot be written or its file system is full."""
    home = folders.home()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    if not place.is_dir():
        raise _unusable(home, f"{place} is not a folder")
    if not os.access(place, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise _unusable(home, f"{place} cannot be written by this user")
    if _free(place) < LEAST_FREE:
        raise CloudnativeError(
            code="machine.space",
            what=f"no space left for {home}",
            why=f"its file system has {_free(place) >> 10} kB free, {LEAST_FREE >> 20} MB are the least",
            fix=f"df -h {place}  # make room, or set CLOUDNATIVE_HOME to a folder elsewhere",
        )


def _free(place: Path) -> int:
    numbers = os.statvfs(place)
    return numbers.f_bavail * numbers.f_frsize


def _unusable(home: Path, why: str) -> CloudnativeError:
    return CloudnativeError(
        code="machine.home",
        what=f"the state folder {home} cannot be used",
        why=why,
        fix='export CLOUDNATIVE_HOME="$(mktemp -d)"  # or any folder of yours',
    )

"""A folder for what must not outlive a build: credentials, an archive of the context."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cloudnative_toolchain import folders


@contextmanager
def private_folder() -> Generator[Path]:
    """A new folder (0700) under `builds` of CLOUDNATIVE_HOME, removed at the end, with those of killed runs.

    Each is locked by who uses it: the kernel ends a lock with its process, however that ended.
    """
    builds = folders.home() / "builds"
    builds.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(builds):  # nobody takes a folder that is made, and not yet locked, for a dead one
        _sweep(builds)
        folder = Path(tempfile.mkdtemp(dir=builds))
        lock = _open(folder)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(builds: Path) -> None:
    for folder in builds.iterdir():
        try:
            lock = _open(folder)
        except FileNotFoundError:
            continue  # its owner was quicker
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    lock = _open(folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

"""One process at a time: locks that the kernel lets go of when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

AGAIN_SECONDS = 0.1
TELL_SECONDS = 5.0


@contextmanager
def locked(file: Path, waiting: Callable[[], None]) -> Generator[None]:
    """Holds the lock; `waiting` is called at once and every few seconds while another process has it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        told = 0.0
        while not _taken(handle.fileno()):
            if time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                waiting()
            time.sleep(AGAIN_SECONDS)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

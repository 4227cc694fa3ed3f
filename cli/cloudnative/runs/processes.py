"""Which process a pid means, and ending one that is ours: a pid alone is not a name, it is used again."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """A process of this machine, told apart from any later one with the same pid by its start time."""

    pid: int
    start_time: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The process that has this pid now; None where there is none (a zombie is none)."""
        stat = _stat(pid)
        return None if stat is None or stat[0] in "ZX" else cls(pid, stat[19])

    @classmethod
    def mine(cls) -> Identity:
        """This process."""
        return cls(os.getpid(), (_stat(os.getpid()) or [""] * 20)[19])

    def alive(self) -> bool:
        """Whether exactly this process still runs."""
        return Identity.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """A signal, unless the process is gone."""
        if self.alive():
            _ignore_missing(os.kill, self.pid, number)

    def end(self, *, grace_seconds: float) -> bool:
        """Interrupt, wait, then kill its group; True when it is gone."""
        self.send(signal.SIGINT)
        if self.wait(grace_seconds):
            return True
        kill_group(self)
        return self.wait(5)

    def parent_runs(self, words: str) -> bool:
        """Whether its parent's command line has these words: an orphan's parent is init."""
        stat = _stat(self.pid)
        try:
            return stat is not None and words.encode() in Path(f"/proc/{stat[1]}/cmdline").read_bytes()
        except OSError:
            return False

    def wait(self, seconds: float) -> bool:
        """True as soon as the process is gone, False when it still runs after so many seconds."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        return True


def kill_group(process: Identity) -> None:
    """SIGKILL for the process and, where it leads a group, all of that group."""
    if not process.alive():
        return
    if os.getpgid(process.pid) == process.pid:
        _ignore_missing(os.killpg, process.pid, signal.SIGKILL)
    else:
        _ignore_missing(os.kill, process.pid, signal.SIGKILL)


def started_at(pid: int) -> float | None:
    """Seconds since the epoch at which the process with this pid started; None where there is none."""
    stat = _stat(pid)
    if stat is None or stat[0] in "ZX":
        return None
    ticks = int(stat[19]) / os.sysconf("SC_CLK_TCK")
    return _boot_seconds() + ticks


def this_host() -> str:
    """The name this machine gives itself, as Pulumi writes it into its locks."""
    return socket.gethostname()


def boot_id() -> str:
    """Changes with every boot, so a record from before a reboot is known to be dead."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.exists() else ""


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on: field 3 is [0], the start time (22) is [19]."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def _boot_seconds() -> float:
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0


def _ignore_missing(call: Callable[[int, int], None], pid: int, number: signal.Signals) -> None:
    try:
        call(pid, number)
    except ProcessLookupError:
        return

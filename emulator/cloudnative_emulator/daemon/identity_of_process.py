"""A process told apart from a later one with the same pid."""

from __future__ import annotations

import subprocess
from pathlib import Path


def start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat, elsewhere what ps says; empty when the process has ended."""
    if not Path("/proc/self/stat").exists():
        asked = ["ps", "-o", "lstart=", "-p", str(pid)]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else fields[18]


def is_alive(pid: int, started: str) -> bool:
    """Whether that very process still runs."""
    return bool(started) and start_time(pid) == started

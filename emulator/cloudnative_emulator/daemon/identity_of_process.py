"""A process told apart from a later one with the same pid."""

from __future__ import annotations

from pathlib import Path


def start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat; empty when there is no such process, or no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def is_alive(pid: int, started: str) -> bool:
    """Whether that very process still runs."""
    return bool(started) and start_time(pid) == started

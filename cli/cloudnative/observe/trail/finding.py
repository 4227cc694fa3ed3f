"""What is found out about one step of the trail."""

from __future__ import annotations

from dataclasses import dataclass, field

WORKING, BROKEN, OFF = "working", "broken", "off"


@dataclass(frozen=True)
class Finding:
    """`next` is a command: what mends a broken step, turns an absent one on, or shows a working one."""

    status: str
    evidence: str
    next: str
    uses: list[str] = field(default_factory=list[str])


def judged(problems: list[str], *, good: str, uses: list[str], show: str, mend: str) -> Finding:
    """Working where there is no problem, else broken with the first problems as evidence."""
    if not problems:
        return Finding(WORKING, good, show, uses)
    more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
    return Finding(BROKEN, "; ".join(problems[:3]) + more, mend, uses)

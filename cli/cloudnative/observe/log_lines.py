"""One line of a container's log, and where a reader of that log has got to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

SECOND = 10**9


@dataclass(frozen=True)
class Line:
    """A line; `at` is when its container wrote it, in nanoseconds since 1970."""

    at: int
    time: str
    text: str


def parse(raw: bytes) -> Line | None:
    """A line as the kubelet gives it: RFC 3339 with up to nine decimals, a space, the text.

    None for what has no time: the kubelet's own words, when it cannot go on reading.
    """
    time, _, text = raw.decode(errors="replace").partition(" ")
    try:
        return Line(instant(time), time, text)
    except ValueError:
        return None


def instant(time: str) -> int:
    """Nanoseconds since 1970; Go leaves zeros at the end of the decimals out."""
    whole, point, rest = time.partition(".")
    if not point:
        return _seconds(whole) * SECOND
    digits = rest.rstrip("Z") if rest.endswith("Z") else rest[: min(rest.find(s) for s in "+-" if s in rest)]
    return _seconds(whole + rest[len(digits) :]) * SECOND + int(digits.ljust(9, "0")[:9])


@lru_cache(maxsize=256)
def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())


class Position:
    """What a reader has had of a log, kept so far back that it can start again without loss or repetition.

    A log can be asked for from a whole second on only. Standard output and standard error may be a little
    out of order in it, so the second before the newest is asked for again too; what was had is recognised.
    """

    def __init__(self) -> None:
        self._had: dict[int, Counter[bytes]] = {}
        self._again: Counter[bytes] | None = None  # what comes once more after a new start
        self._first = 0

    def resume(self) -> str | None:
        """`sinceTime` for the next request; None where nothing was read yet."""
        if not self._had:
            return None
        self._again = Counter[bytes]()
        for lines in self._had.values():
            self._again.update(lines)
        return datetime.fromtimestamp(max(self._had) - 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def is_new(self, raw: bytes, at: int) -> bool:
        """Whether the line was asked for and not had yet; it counts as had from now on."""
        if self._again is not None and (at < self._first or self._again[raw] > 0):
            self._again[raw] -= 1
            return False
        self._first = self._first or at
        second = at // SECOND
        newest = max(self._had, default=second)
        if second > newest:
            self._had = {kept: lines for kept, lines in self._had.items() if kept >= second - 1}
        if second >= newest - 1:
            self._had.setdefault(second, Counter())[raw] += 1
        return True

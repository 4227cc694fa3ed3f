"""How long a wave has been well: bookkeeping over moments, without a clock or a cluster of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What a moment means for the gate."""

    WAIT = "wait"
    PASSED = "passed"
    FAILED = "failed"


@dataclass
class Bake:
    """A wave passes once it was well for `seconds` without a break; it bears `patience` seconds of trouble.

    One that is well and in trouble by turns has twice the bake time besides, so that every gate ends.
    """

    seconds: float
    patience: float
    _began: float | None = None
    _last: float = 0.0
    _well: float | None = None
    _trouble: float = 0.0

    def see(self, now: float, trouble: str) -> Verdict:
        """One moment, later than those before; `trouble` is empty when all is well."""
        if self._began is None:
            self._began = self._last = now
        passed, self._last = now - self._last, now
        if trouble:
            self._well, self._trouble = None, self._trouble + passed
        elif self._well is None:
            self._well = now
        if self._well is not None and now - self._well >= self.seconds:
            return Verdict.PASSED
        over = self._trouble >= self.patience or now - self._began > self.patience + 2 * self.seconds
        return Verdict.FAILED if over else Verdict.WAIT

"""Many logs into one, in the order of time: each container's own order always, across containers nearly."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from cloudnative.observe.log_lines import Line

HOLD_SECONDS = 0.5  # how long a line waits for older ones of other containers
HOLD_WHILE_STARTING_SECONDS = 3.0  # the same while a container starts: its pod's status is told late
QUIET_SECONDS = 0.2  # a log that is silent for so long after it was opened has told what it had
PATIENCE_SECONDS = 10.0  # how long everybody waits for a log that cannot be reached
MOST_WAITING = 2000  # lines of one container
_LOOK_EVERY = 0.05


@dataclass(eq=False)
class Lane:
    """The lines of one container on their way out."""

    label: dict[str, str]
    lines: deque[tuple[int, float, Line]] = field(default_factory=deque[tuple[int, float, Line]])
    newest: int = 0  # the time of the last line that came in
    behind_since: float | None = None  # older lines may still come; None where it is up to date
    opened: float | None = None  # when it was opened since; None while it is not
    opened_at: int = 0
    ended: bool = False


class Merge:
    """Lanes in, one order out. `patience` None: a lane that is behind is waited for, whatever it takes."""

    def __init__(
        self, *, patience: float | None = PATIENCE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience, self._clock = patience, clock
        self._changed = threading.Condition()
        self._lanes: list[Lane] = []
        self._failure: Exception | None = None
        self._starting: set[str] = set()

    def lane(self, **label: str) -> Lane:
        """A new lane, behind until it was opened and has caught up."""
        with self._changed:
            lane = Lane(label, behind_since=self._clock())
            self._lanes.append(lane)
            return lane

    def opened(self, lane: Lane) -> None:
        """Its log answers; what it has had meanwhile comes now."""
        with self._changed:
            lane.opened, lane.opened_at = self._clock(), time.time_ns()

    def starting(self, container: str, *, starts: bool) -> None:
        """A container is about to run, or is not any more."""
        with self._changed:
            (self._starting.add if starts else self._starting.discard)(container)

    def caught_up(self, lane: Lane) -> None:
        """Nothing older comes from it."""
        with self._changed:
            lane.behind_since = None

    def lost(self, lane: Lane) -> None:
        """Its log cannot be read just now."""
        with self._changed:
            lane.behind_since, lane.opened = lane.behind_since or self._clock(), None

    def end(self, lane: Lane) -> None:
        """Nothing more comes."""
        with self._changed:
            lane.ended = True
            self._changed.notify_all()

    def fail(self, failure: Exception) -> None:
        """Raise on the reader's thread."""
        with self._changed:
            self._failure = failure
            self._changed.notify_all()

    def push(self, lane: Lane, lines: Iterable[Line]) -> None:
        """Lines of a container in its own order; waits while too many wait."""
        with self._changed:
            for line in lines:
                if len(lane.lines) >= MOST_WAITING:
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: len(lane.lines) < MOST_WAITING)
                lane.newest = max(lane.newest, line.at)
                lane.lines.append((lane.newest, self._clock(), line))
                if lane.behind_since is not None and lane.opened and line.at >= lane.opened_at:
                    lane.behind_since = None

    def __iter__(self) -> Iterator[tuple[dict[str, str], Line]]:
        """Every line with its lane's label, until every lane has ended."""
        while True:
            with self._changed:
                while not (batch := self._take()):
                    if self._failure:
                        raise self._failure
                    if not self._lanes:
                        return
                    self._changed.wait(_LOOK_EVERY)
                self._changed.notify_all()
            yield from batch

    def _take(self) -> list[tuple[dict[str, str], Line]]:
        """What can go out now: nothing older can come any more."""
        now = self._clock()
        horizon = self._horizon(now)
        found: list[tuple[int, dict[str, str], Line]] = []
        for lane in self._lanes:
            while lane.lines and lane.lines[0][0] <= horizon:
                at, _, line = lane.lines.popleft()
                found.append((at, lane.label, line))
        self._lanes = [lane for lane in self._lanes if lane.lines or not lane.ended]
        found.sort(key=lambda entry: entry[0])  # stable: lines of a lane stay as they came
        return [(label, line) for _, label, line in found]

    def _horizon(self, now: float) -> float:
        hold = HOLD_WHILE_STARTING_SECONDS if self._starting else HOLD_SECONDS
        waited = [
            at
            for lane in self._lanes
            for at, came, _ in lane.lines
            if now - came >= hold or self._patience is None or len(lane.lines) >= MOST_WAITING
        ]
        return min([max(waited, default=0), *(lane.newest for lane in self._lanes if self._owes(lane, now))])

    def _owes(self, lane: Lane, now: float) -> bool:
        """Whether lines may still come that are older than those of others."""
        if lane.ended:
            return False
        if len(lane.lines) >= MOST_WAITING:
            return True
        if lane.behind_since is None:
            return False
        if self._patience is None:
            return True
        came = max(lane.opened or 0, lane.lines[-1][1] if lane.lines else 0)
        if (lane.opened and now - came >= QUIET_SECONDS) or now - lane.behind_since >= self._patience:
            if lane.opened:
                lane.behind_since = None
            return False
        return True

"""Medians, in turn, as ratios."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """A measured thing: its ratio to a peer or a limit, and the ratio we aim at."""

    name: str
    ours: float
    other: float
    aim: float
    other_name: str

    @property
    def ratio(self) -> float:
        return self.ours / self.other

    def __str__(self) -> str:
        verdict = "met" if self.ratio <= self.aim else "MISSED"
        return (
            f"{self.name}: {self.ours:.2f} s against {self.other:.2f} s ({self.other_name}), "
            f"ratio {self.ratio:.2f}, aim {self.aim:.2f}: {verdict}"
        )


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def against_limit(name: str, ours: float, *, limit: float) -> Figure:
    """One measurement against a fixed number of seconds."""
    return told(Figure(name, ours, limit, 1.0, "the limit"))


def paired(
    name: str,
    ours: Sequence[str],
    other: Sequence[str],
    *,
    aim: float,
    pairs: int,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Figure:
    """Both commands in turn, A B A B, after one of each that does not count; the medians."""

    def run(command: Sequence[str]) -> float:
        return seconds(
            lambda: subprocess.run(
                command, cwd=cwd, env=environment, check=True, capture_output=True, timeout=300
            )
        )

    times = [(run(ours), run(other)) for _ in range(pairs + 1)][1:]
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    return told(Figure(name, medians[0], medians[1], aim, Path(other[0]).name))


def told(figure: Figure) -> Figure:
    """Print the figure, and give it back."""
    print(figure, flush=True)
    return figure

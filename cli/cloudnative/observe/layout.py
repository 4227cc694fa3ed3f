"""Services in columns: who needs others stands left of them; a line that passes a column has its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SWEEPS = 4


@dataclass
class Spot:
    """A service, or where a line passes a column (then `name` is empty)."""

    name: str
    column: int
    row: float = 0
    right: list[Spot] = field(default_factory=list["Spot"])
    left: list[Spot] = field(default_factory=list["Spot"])


def arrange(needs: Mapping[str, Sequence[str]]) -> list[list[Spot]]:
    """Columns from left to right, each from top to bottom."""
    edges = _without_circles(needs)
    depth = {name: _depth(name, edges) for name in needs}
    last = max(depth.values(), default=0)
    spots = {name: Spot(name, last - depth[name]) for name in needs}
    columns: list[list[Spot]] = [[] for _ in range(last + 1)]
    for spot in spots.values():
        columns[spot.column].append(spot)
    for name, others in edges.items():
        for other in others:
            _connect(spots[name], spots[other], columns)
    _order(columns)
    return columns


def _without_circles(needs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The edges without those that lead back to where one came from."""
    kept: dict[str, list[str]] = {name: [] for name in needs}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in done:
            return
        for other in needs[name]:
            if other in needs and other not in (*path, name):
                kept[name].append(other)
                visit(other, (*path, name))
        done.add(name)

    for name in needs:
        visit(name, ())
    return kept


def _depth(name: str, edges: Mapping[str, Sequence[str]]) -> int:
    """Steps to the farthest service that it needs."""
    return max((1 + _depth(other, edges) for other in edges[name]), default=0)


def _connect(one: Spot, other: Spot, columns: list[list[Spot]]) -> None:
    before = one
    for column in range(one.column + 1, other.column):
        passing = Spot("", column)
        columns[column].append(passing)
        before.right.append(passing)
        passing.left.append(before)
        before = passing
    before.right.append(other)
    other.left.append(before)


def _order(columns: list[list[Spot]]) -> None:
    """Each spot near the middle of those that it is connected with, so that few lines cross."""
    for column in columns:
        column.sort(key=lambda spot: spot.name)
        _number(column)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            column.sort(key=lambda spot: _middle(spot, spot.left if sweep % 2 == 0 else spot.right))
            _number(column)


def _number(column: list[Spot]) -> None:
    for row, spot in enumerate(column):
        spot.row = row - (len(column) - 1) / 2


def _middle(spot: Spot, others: list[Spot]) -> float:
    return sum(other.row for other in others) / len(others) if others else spot.row

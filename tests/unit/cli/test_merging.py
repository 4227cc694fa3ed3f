"""Many logs into one: what goes out when, with a clock that the test turns."""

import random
import threading
import time

import pytest

from cloudnative.observe.log_lines import Line
from cloudnative.observe.merging import (
    HOLD_SECONDS,
    HOLD_WHILE_STARTING_SECONDS,
    MOST_WAITING,
    PATIENCE_SECONDS,
    QUIET_SECONDS,
    Merge,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def merge(clock: Clock) -> Merge:
    return Merge(clock=clock)


def line(at: int) -> Line:
    return Line(at, "", str(at))


def out(merge: Merge) -> list[str]:
    return [found.text for _, found in merge._take()]


def test_a_line_waits_for_older_ones_of_other_containers(merge: Merge, clock: Clock) -> None:
    one, other = merge.lane(pod="a"), merge.lane(pod="b")
    for lane in (one, other):
        merge.opened(lane)
    clock.now += QUIET_SECONDS
    assert out(merge) == []  # both have caught up
    merge.push(one, [line(5)])
    merge.push(other, [line(3), line(9)])
    assert out(merge) == []
    clock.now += HOLD_SECONDS
    assert out(merge) == ["3", "5", "9"]


def test_lines_wait_longer_while_a_container_starts(merge: Merge, clock: Clock) -> None:
    one = merge.lane(pod="a")
    merge.opened(one)
    merge.caught_up(one)
    merge.starting("b", starts=True)
    merge.push(one, [line(5)])
    clock.now += HOLD_WHILE_STARTING_SECONDS - 0.1
    assert out(merge) == []
    merge.starting("b", starts=False)
    assert out(merge) == ["5"]


def test_a_log_that_was_cut_off_is_waited_for_and_comes_in_its_place(merge: Merge, clock: Clock) -> None:
    one, other = merge.lane(pod="a"), merge.lane(pod="b")
    for lane in (one, other):
        merge.opened(lane)
        merge.caught_up(lane)
    merge.push(other, [line(1)])
    merge.lost(other)
    merge.push(one, [line(2)])
    clock.now += 5
    assert out(merge) == ["1"]
    merge.opened(other)
    merge.push(other, [line(1), line(2), line(3)])
    clock.now += max(HOLD_SECONDS, QUIET_SECONDS)
    assert out(merge) == ["1", "2", "2", "3"]


def test_a_region_that_does_not_answer_holds_the_others_up_only_so_long(merge: Merge, clock: Clock) -> None:
    one = merge.lane(pod="a")
    merge.lane(pod="b")
    merge.opened(one)
    merge.push(one, [line(1)])
    clock.now += PATIENCE_SECONDS - 1
    assert out(merge) == []
    clock.now += 1
    assert out(merge) == ["1"]


def test_times_that_run_backwards_never_change_the_order_of_a_container(merge: Merge, clock: Clock) -> None:
    lane = merge.lane(pod="a")
    merge.opened(lane)
    merge.push(lane, [line(7), line(3), line(8)])
    clock.now += HOLD_SECONDS
    assert out(merge) == ["7", "3", "8"]


def test_logs_that_have_ended_are_sorted_whole_whatever_their_length() -> None:
    merge = Merge(patience=None)
    chance = random.Random(1)
    expected: list[int] = []
    threads: list[threading.Thread] = []
    for pod in range(3):
        times = sorted(chance.sample(range(10**6), 2 * MOST_WAITING))
        expected += times
        lane = merge.lane(pod=str(pod))

        def write(lane: object = lane, times: list[int] = times) -> None:
            merge.opened(lane)  # pyright: ignore[reportArgumentType] - a lane
            merge.push(lane, [line(at) for at in times])  # pyright: ignore[reportArgumentType] - a lane
            merge.end(lane)  # pyright: ignore[reportArgumentType] - a lane

        threads.append(threading.Thread(target=write))
    for thread in threads:
        thread.start()

    got = [found.at for _, found in merge]

    assert got == sorted(expected)


def test_a_failure_ends_the_stream() -> None:
    merge = Merge()
    merge.lane(pod="a")
    merge.fail(ValueError("no rights"))
    begun = time.monotonic()
    with pytest.raises(ValueError, match="no rights"):
        list(merge)
    assert time.monotonic() - begun < 5

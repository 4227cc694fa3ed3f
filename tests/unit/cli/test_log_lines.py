"""Reading a log again after a cut: nothing is lost, nothing comes twice."""

import random

import pytest

from cloudnative.observe.log_lines import SECOND, Position, instant, parse
from cloudnative.observe.log_stream import since_time
from cloudnative_toolchain.errors import ConfigError

BEGUN = 1_790_000_000


def raw(at: int, text: str) -> bytes:
    from datetime import UTC, datetime

    decimals = f"{at % SECOND:09}".rstrip("0")
    time = datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{time}{'.' if decimals else ''}{decimals}Z {text}".encode()


@pytest.mark.parametrize(
    ("time", "nanoseconds"),
    [
        ("1970-01-01T00:00:01Z", 10**9),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("1970-01-01T00:00:01.000000001Z", 1_000_000_001),
        ("1970-01-01T01:00:01.25+01:00", 1_250_000_000),
    ],
)
def test_times_are_read_to_the_nanosecond(time: str, nanoseconds: int) -> None:
    assert instant(time) == nanoseconds


def test_a_line_keeps_its_text_as_it_is() -> None:
    line = parse(b"2026-11-23T12:00:00.5Z  two  spaces\x0band a tab\t")
    assert line and line.text == " two  spaces\x0band a tab\t" and line.time == "2026-11-23T12:00:00.5Z"


class Log:
    """A container's log and the API's way to read it: from a whole second on."""

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self.lines = lines

    def since(self, time: str | None, end: int, tail: int | None = None) -> list[tuple[int, bytes]]:
        start = instant(time) if time else 0
        found = [(at, raw(at, text)) for at, text in self.lines[:end] if at >= start]
        return found[-tail:] if tail else found


def read(log: Log, cuts: list[int], tail: int | None = None) -> list[bytes]:
    position = Position()
    got: list[bytes] = []
    for end in cuts:
        since = position.resume()
        for at, line in log.since(since, end, tail if since is None else None):
            if position.is_new(line, at):
                got.append(line)
    return got


@pytest.mark.parametrize("seed", range(20))
def test_any_cuts_lose_and_double_nothing(seed: int) -> None:
    chance = random.Random(seed)
    at, lines = BEGUN * SECOND, list[tuple[int, str]]()
    for number in range(400):
        at += chance.choice([0, 1, 10**6, 3 * 10**7, 2 * 10**9])
        disorder = chance.choice([0, 0, 0, 10**6])  # stderr's goroutine was faster
        lines.append((at - disorder, f"line {number % 7}"))
    cuts = [*sorted(chance.sample(range(400), 12)), 400]

    got = read(Log(lines), cuts)

    assert got == [raw(at, text) for at, text in lines]


def test_lines_before_the_tail_do_not_come_after_a_cut() -> None:
    lines = [(BEGUN * SECOND + n, f"line {n}") for n in range(10)]

    got = read(Log(lines), [5, 10], tail=2)

    assert got == [raw(at, text) for at, text in lines[3:]]


def test_what_has_no_time_is_the_kubelets_own_word() -> None:
    assert parse(b"failed to create fsnotify watcher: too many open files") is None


@pytest.mark.parametrize("since", ["yesterday", "-5m", "5", "nans", "1e400d"])
def test_a_time_that_is_none_is_told_with_what_is_taken(since: str) -> None:
    with pytest.raises(ConfigError, match="such as 90s, 15m, 2h or 1d"):
        since_time(since)


def test_a_time_is_a_duration_or_written_out() -> None:
    assert since_time("2026-11-23T12:00:00Z") == "2026-11-23T12:00:00Z"
    assert since_time("1d") < since_time("90s")

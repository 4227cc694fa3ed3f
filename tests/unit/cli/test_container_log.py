"""One container's log through cuts, a restart and its end, against an API server that the test plays."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cloudnative.observe import container_log
from cloudnative.observe.container_log import ContainerLog, Wish
from cloudnative.observe.log_lines import instant
from cloudnative.observe.merging import Merge
from cloudnative.observe.region_api import CutError, GoneError

FOLLOW = Wish(follow=True, tail=None, since=None, previous=False)


def raw(number: int) -> bytes:
    return f"2026-11-23T12:00:{number // 10:02}.{number % 10}Z line {number}".encode()


class Script:
    """Answers to the requests for a log, in their order: lines, and how the connection ends."""

    region = "koreacentral"

    def __init__(self, *answers: tuple[list[int], Exception | None]) -> None:
        self._answers = list(answers)
        self.queries: list[dict[str, str]] = []

    @contextmanager
    def lines(self, _path: str, *, read_seconds: float | None, **query: str) -> Generator[Iterator[Any]]:
        self.queries.append(query)
        if not self._answers:
            raise GoneError
        numbers, end = self._answers.pop(0)
        start = instant(query["sinceTime"]) if "sinceTime" in query else 0
        lines = [line for line in map(raw, numbers) if instant(line.split()[0].decode()) >= start]
        yield _pieces(lines, end)


def _pieces(lines: list[bytes], end: Exception | None) -> Iterator[list[bytes]]:
    yield lines
    if end:
        raise end


class Statuses:
    """The pod's container as its status tells it, request by request: (restarts, ended)."""

    def __init__(self, *states: tuple[int, bool]) -> None:
        self._states = list(states)

    def get(self, _uid: str) -> dict[str, Any]:
        restarts, ended = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return pod(restarts, ended=ended)

    def wait(self, _seconds: float) -> None:
        pass


def pod(restarts: int = 0, *, ended: bool = False) -> dict[str, Any]:
    state: dict[str, Any] = {"terminated": {}} if ended else {"running": {}}
    status: dict[str, Any] = {"name": "c", "restartCount": restarts, "state": state}
    meta = {"uid": "u", "name": "web-1", "namespace": "shop"}
    over = "Succeeded" if ended else "Running"
    return {"metadata": meta, "status": {"phase": over, "containerStatuses": [status]}}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_log, "_FIRST_DELAY", 0.0)


def read(script: Any, statuses: Any, wish: Wish = FOLLOW) -> list[int]:
    merge = Merge(patience=None)
    lane = merge.lane(pod="web-1")
    log = ContainerLog(script, statuses, merge, lane, pod=pod(), container="c", wish=wish)
    log.run()
    return [int(line.text.split()[1]) for _, line in merge]


def test_a_cut_connection_is_made_again_where_it_broke() -> None:
    script = Script(([1, 2, 12, 13], CutError("reset")), ([1, 2, 12, 13, 14], None))
    assert read(script, Statuses((0, False), (0, False), (0, True))) == [1, 2, 12, 13, 14]
    assert script.queries[1]["sinceTime"] == "2026-11-23T12:00:00Z"


def test_what_the_kubelet_says_of_itself_is_no_line() -> None:
    class Words(Script):
        @contextmanager
        def lines(self, _path: str, *, read_seconds: float | None, **query: str) -> Generator[Iterator[Any]]:
            with super().lines(_path, read_seconds=read_seconds, **query) as pieces:
                yield _and_words(pieces) if len(self.queries) == 1 else pieces

    def _and_words(pieces: Iterator[Any]) -> Iterator[Any]:
        yield from pieces
        yield [b"failed to create fsnotify watcher: too many open files"]

    assert read(Words(([1], None), ([1, 2], None)), Statuses((0, False), (0, False), (0, True))) == [1, 2]


def test_after_a_restart_the_rest_of_the_instance_before_comes_first() -> None:
    script = Script(([1, 2], CutError("reset")), ([1, 2, 3], None), ([14, 15], None))
    assert read(script, Statuses((0, False), (1, False), (1, True))) == [1, 2, 3, 14, 15]
    assert [query.get("previous", "") for query in script.queries[:3]] == ["", "true", ""]


def test_a_pod_that_is_gone_ends_its_log() -> None:
    assert read(Script(([1], CutError("reset"))), Statuses((0, False))) == [1]


def test_previous_asks_once_and_does_not_follow() -> None:
    script = Script(([1, 2], None))
    wish = Wish(follow=False, tail=1, since=None, previous=True)
    assert read(script, Statuses((1, False)), wish) == [1, 2]
    assert script.queries == [
        {"container": "c", "timestamps": "true", "tailLines": "1", "previous": "true"},
    ]

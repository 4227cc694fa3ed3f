"""`status --watch`: what counts as a change, and how it is told."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudnative.commands.status import text
from cloudnative.observe import status_watch
from cloudnative.observe.status_watch import change_line, changes, facts, kept, watch
from cloudnative_toolchain.errors import CloudnativeError


def status(ready: int = 2, **region: Any) -> dict[str, Any]:
    web = {"name": "web", "kind": "Deployment", "ready": ready, "desired": 2, "restarts": 0}
    cluster = {"name": "aks-krc", "state": "Running", "version": "1.36.3", "nodes": 1}
    found = {"name": "koreacentral", "cluster": cluster, "release": 3, "wave": 1}
    services = [{**web, "image": "r/shop/web@sha256:90e7259d7ddb00"}]
    return {"environment": "dev", "regions": [{**found, "services": services, **region}]}


def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [change_line(change) for change in changes(facts(before), facts(after))]


def test_a_pod_that_becomes_ready_is_one_line() -> None:
    (line,) = told(status(ready=1), status(ready=2))
    assert line.startswith("koreacentral/web  1/2 ready, 0 restarts, ")
    assert " -> 2/2 ready" in line


def test_what_stays_is_not_told() -> None:
    assert told(status(), status()) == []


def test_a_region_that_does_not_answer_loses_no_service() -> None:
    silent = status(services=[], problem="no answer from cluster aks-krc: timed out")
    (line,) = told(status(), silent)
    assert line.endswith("-> no answer from cluster aks-krc: timed out")
    remembered = kept(facts(status()), facts(silent))
    assert [c["service"] for c in changes(remembered, facts(status(ready=1)))] == ["", "web"]


def test_a_service_that_was_removed_is_gone() -> None:
    (line,) = told(status(), status(services=[]))
    assert line.endswith(" -> gone")


class EndError(Exception):
    """The test has seen enough."""


def rounds(*found: dict[str, Any] | CloudnativeError) -> Callable[[], dict[str, Any]]:
    left = list(found)

    def take() -> dict[str, Any]:
        if not left:
            raise EndError
        if isinstance(one := left.pop(0), CloudnativeError):
            raise one
        return one

    return take


def test_programs_get_one_object_a_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status_watch, "SECONDS", 0)
    away = CloudnativeError(code="emulator.stopped", what="the emulator does not run")
    with pytest.raises(EndError):
        watch(rounds(status(ready=1), away, away, status(ready=2)), "json", text)
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event.get("service", event.get("problem")) for event in events] == [
        "", "web", "the emulator does not run", "web",
    ]  # fmt: skip
    assert (events[-1]["was"]["ready"], events[-1]["is"]["ready"]) == (1, 2)


def test_without_a_terminal_each_change_is_a_line_with_its_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status_watch, "SECONDS", 0)
    with pytest.raises(EndError):
        watch(rounds(status(ready=1), status(ready=1), status(ready=2)), "text", text)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and lines[0].endswith("koreacentral  Running, 1 node, release 3")

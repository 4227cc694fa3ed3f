"""What a person reads while something runs: words, lines, and the live view at a width and height."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from cloudnative.lines import Lines
from cloudnative.live import Live, Row, wrapped
from cloudnative.wording import change_lines, counts, planned_lines, problem_line, step_line

URN = "urn:pulumi:dev::p::cloudnative:index:Image::web"


def step(state: str, operation: str = "create", name: str = "web", **fields: Any) -> dict[str, Any]:
    urn = URN.replace("web", name)
    kind = "cloudnative:index:Image"
    return {
        "event": "step",
        "state": state,
        "operation": operation,
        "type": kind,
        "urn": urn,
        "name": name,
    } | fields


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (step("started"), "creating Image web"),
        (step("done"), "created Image web (2.0 s)"),
        (step("failed", "update"), "failed: updating Image web (2.0 s)"),
        (step("done", "same"), ""),
        (step("done", component=True), ""),
        (step("done", type="pulumi:providers:azure-native"), ""),
    ],
)
def test_a_step_is_one_line_and_what_nobody_watches_is_none(event: dict[str, Any], line: str) -> None:
    assert step_line(event, 2) == line


def test_counts_begin_with_what_was_changed() -> None:
    assert counts({"same": 3, "update": 1}) == "1 updated, 3 unchanged"


def test_what_ends_the_run_is_only_named_on_the_way() -> None:
    problem = {"what": "pod a", "why": "exit code 1"}
    assert problem_line(problem) == "! pod a: exit code 1"
    assert problem_line({**problem, "final": True}) == "! pod a"
    assert problem_line({**problem, "code": "run.cancelled"}) == ""


def change(urn: str, *, checked: bool = True, name: str = "v1/Service/a/a") -> dict[str, Any]:
    fields = [{"path": "spec.port", "old": 1, "new": 2}]
    return {"urn": urn, "operation": "update", "object": name, "checked": checked, "fields": fields}


def test_a_preview_has_objects_below_their_release_and_regions_that_are_alike_once() -> None:
    steps = [step("started", "update", name) for name in ("one", "two")]
    assert planned_lines(steps, [change(s["urn"]) for s in steps]) == [
        "update   Image one",
        "  update v1/Service/a/a",
        "      spec.port: 1 -> 2",
        "update   Image two",
        "  the same object as one",
    ]


def test_that_no_server_has_checked_objects_is_said_once() -> None:
    objects = [change(URN, checked=False, name=name) for name in "ab"]
    text = "\n".join(planned_lines([step("started")], objects))
    assert text.count("not checked on a server") == 1


def test_an_object_that_alone_was_not_checked_says_so() -> None:
    text = "\n".join(planned_lines([step("started")], [change(URN), change(URN, checked=False, name="b")]))
    assert "update b  (not checked on a server)" in text


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [(True, "a", "x: true -> a"), (None, ["a"], '+ x: ["a"]'), (0, None, "- x: 0")],
)
def test_a_field_that_comes_or_goes_has_a_sign(old: Any, new: Any, shown: str) -> None:
    fields = [{"path": "x", "old": old, "new": new}]
    assert change_lines({"operation": "update", "object": "o", "fields": fields})[1:] == [f"      {shown}"]


def test_steps_of_a_build_are_lines_and_its_log_is_not() -> None:
    lines = Lines()
    events = [{"event": kind, "urn": "a::b", "message": "text"} for kind in ("progress", "log", "progress")]
    assert [lines.describe(event) for event in events] == ["  b: text", "", "  b: text"]


def test_a_warning_that_the_engine_repeats_is_told_once() -> None:
    stream = io.StringIO()
    lines = Lines(stream=stream)
    for attempt in "123":
        lines.event({"event": "diagnostic", "severity": "warning", "text": f"no host\nretry {attempt}"})
    assert stream.getvalue().count("no host") == 1


def test_what_is_only_planned_is_never_told_as_done(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(events=True)
    with lines.planning("planning up dev"):
        lines.event(step("done"))
    lines.event(step("done"))
    out, err = capsys.readouterr()
    assert err.count("created Image web") == 1
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["phase", "step"]


@pytest.fixture
def screen() -> tuple[Live, io.StringIO]:
    """A live view on a terminal of 40 columns and 10 rows that keeps what it is given."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=40, height=10, color_system=None)
    return Live(console), stream


def rows(view: Live) -> list[str]:
    return [text.plain[2:] for text in view.rows()]


def test_what_runs_moves_below_and_what_is_done_scrolls(screen: tuple[Live, io.StringIO]) -> None:
    view, stream = screen
    with view.phase("up dev"):
        view.event(step("started"))
        view.event({"event": "progress", "urn": URN, "message": "pushing"})
        assert rows(view) == ["creating Image web 0 s  pushing", "up dev 0 s"]
        view.event(step("done"))
        assert rows(view) == ["up dev 0 s"]
    assert "created Image web (0.0 s)" in stream.getvalue()
    assert rows(view) == []


def test_more_than_fits_is_counted(screen: tuple[Live, io.StringIO]) -> None:
    view, _ = screen
    with view.phase("up dev"):
        for number in range(20):
            view.event(step("started", name=f"s{number}"))
        assert rows(view)[-2:] == ["and 14 more", "up dev 0 s"]
        assert len(rows(view)) == 8


def test_a_moving_line_never_takes_two() -> None:
    assert Row("creating", "x" * 99).shown(20) == "creating 0 s  xxxxx…"


def test_a_wrapped_line_is_indented_and_an_address_stays_whole() -> None:
    assert wrapped("  see https://example.test/long/path now", 20) == [
        "  see",
        "    https://example.test/long/path",
        "    now",
    ]


def test_where_there_are_several_regions_each_line_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(events=True)
    lines.of_regions(["koreacentral", "japaneast"])
    for name in ("prod-registry", "prod-koreacentral-group", "shop-japaneast"):
        lines.event(step("started", name=name))
    out, err = capsys.readouterr()
    columns = [line.split("s  ", 1)[1].split("creating")[0] for line in err.splitlines()]
    assert [column.strip() for column in columns] == ["", "koreacentral", "japaneast"]
    assert len({len(column) for column in columns}) == 1
    assert [json.loads(line).get("region") for line in out.splitlines()] == [
        None,
        "koreacentral",
        "japaneast",
    ]


def test_one_region_needs_no_column(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines.of_regions(["koreacentral"])
    lines.event(step("started", name="shop-koreacentral"))
    assert "s  creating Image shop-koreacentral" in capsys.readouterr().err


def test_what_moves_stands_region_by_region(screen: tuple[Live, io.StringIO]) -> None:
    live, _ = screen
    live.of_regions(["koreacentral", "japaneast"])
    for name in ("a-japaneast", "a-koreacentral", "a", "b-japaneast"):
        live.event(step("started", name=name))
    shown = [row.plain[2:].split("creating")[0].strip() for row in live.rows()]
    assert shown == ["", "koreacentral", "japaneast", "japaneast"]

"""The picture: columns, lines, and text that cannot break out of it."""

import xml.etree.ElementTree as Xml
from typing import Any

from cloudnative.observe.layout import arrange
from cloudnative.observe.mermaid import mermaid
from cloudnative.observe.picture import needed
from cloudnative.observe.svg import svg

NEEDS = {"site": ["web"], "web": ["api"], "api": ["db", "queue"], "worker": ["queue"], "db": [], "queue": []}


def names(needs: dict[str, list[str]]) -> list[list[str]]:
    return [[spot.name for spot in column if spot.name] for column in arrange(needs)]


def data(name: str = "web", ready: int | None = 2, **more: Any) -> dict[str, Any]:
    service: dict[str, Any] = {
        "name": name,
        "kind": "Deployment",
        "ready": ready,
        "desired": 2,
        "depends_on": [],
        "urls": [],
    }
    region = {"name": "koreacentral", "cluster": "aks", "state": "Running", "release": 1}
    return {
        "environment": "dev",
        "cloud": "emulator",
        "regions": [{**region, "services": [{**service, **more}]}],
    }


def test_whoever_needs_others_stands_left_of_them() -> None:
    columns = names(NEEDS)
    at = {name: index for index, column in enumerate(columns) for name in column}
    assert all(at[name] < at[other] for name, others in NEEDS.items() for other in others)
    assert columns[-1] == ["db", "queue"] or columns[-1] == ["queue", "db"]


def test_a_line_over_a_column_has_its_place_there() -> None:
    (_, middle, _) = arrange({"a": ["b", "c"], "b": ["c"], "c": []})
    assert sorted(spot.name for spot in middle) == ["", "b"]


def test_services_that_need_each_other_are_drawn_too() -> None:
    columns = names({"a": ["b"], "b": ["a"]})
    assert sorted(name for column in columns for name in column) == ["a", "b"]


def test_the_svg_is_one_document_and_text_stays_text() -> None:
    root = Xml.fromstring(svg(data(name="<script>")))  # noqa: S314 - our own text
    texts = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert "<script>" in texts and root.tag.endswith("}svg")


def test_colours_say_what_is_not_ready_and_what_is_not_known() -> None:
    drawn = [svg(data(ready=ready)) for ready in (2, 1, None)]
    assert ["#2e7d4f" in drawn[0], "#c0392b" in drawn[1], "not known" in drawn[2]] == [True] * 3


def test_mermaid_has_a_subgraph_a_region_and_arrows_between_services() -> None:
    found = data(name="end", depends_on=["web"], urls=["http://198.18.0.3:80"])
    found["regions"][0]["services"].append(data()["regions"][0]["services"][0])
    text = mermaid(found)
    assert 'subgraph nkoreacentral["koreacentral: aks"]' in text
    assert "nkoreacentral_nend --> nkoreacentral_nweb" in text and "http://198.18.0.3:80" in text


def test_dependencies_are_what_is_said_and_what_settings_name() -> None:
    variables = [
        ("API", "http://api:8000/x"),
        ("DB", "postgres://u@db/x"),
        ("NAME", "worker"),
        ("N", "apis:1"),
    ]
    env = [{"name": name, "value": value} for name, value in variables]
    workload = {
        "metadata": {"name": "web", "annotations": {"cloudnative/depends-on": "queue:service_started"}},
        "spec": {"template": {"spec": {"containers": [{"env": env}]}}},
    }
    assert needed(workload, {"api", "db", "queue", "worker", "web"}) == ["api", "db", "queue", "worker"]

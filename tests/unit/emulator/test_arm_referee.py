"""The walk along a model's table, on small models of both generations written here by hand."""

from __future__ import annotations

from enum import Enum
from typing import Any, Optional, Union

import pytest

from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.referee import rules
from cloudnative_emulator.arm.referee.walk import problems


class Color(str, Enum):  # noqa: UP042 (as the generated code has it)
    RED = "Red"


class Part:
    """Old generation: flattened properties, enums only in the signature of __init__."""

    _attribute_map = {  # noqa: RUF012 (as the generated code has it)
        "count": {"key": "properties.count", "type": "int"},
        "color": {"key": "properties.color", "type": "str"},
        "made": {"key": "properties.made", "type": "iso-8601"},
        "tags": {"key": "tags", "type": "{str}"},
        "names": {"key": "names", "type": "[str]"},
    }
    _validation = {"made": {"readonly": True}, "count": {"required": True}}  # noqa: RUF012 - written as the generated models write it

    def __init__(self, *, color: Optional[Union[str, Color]] = None) -> None:  # noqa: UP007, UP045 - as the generated models write it
        self.color = color


GOOD: dict[str, Any] = {"properties": {"count": 1, "color": "red"}, "tags": {"a": "b"}, "names": ["x"]}


def test_a_right_body_has_no_problems() -> None:
    assert problems(Part, GOOD) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"propertis": {}}, "propertis: Part has no such key"),
        ({"Tags": {}}, "Tags: Part has no such key (keys are case-sensitive: tags)"),
        ({"properties": {"count": "1"}}, "properties.count: expected int, got str '1'"),
        ({"properties": {"count": 1.0}}, "properties.count: expected int, got float 1.0"),
        ({"properties": {"count": True}}, "properties.count: expected int, got bool True"),
        ({"properties": {"count": 1, "color": "Blue"}}, "properties.color: 'Blue' is none of Red"),
        ({"properties": {"count": 1, "made": "x"}}, "properties.made: read-only, only the service sets it"),
        ({"properties": {}}, "properties.count: required"),
        ({"names": {"a": 1}}, "names: expected a list, got an object"),
        ({"names": ["a", 1]}, "names[1]: expected str, got int 1"),
        ({"tags": ["a"]}, "tags: expected an object, got a list"),
        ({"properties": []}, "properties: expected an object, got a list"),
    ],
)
def test_each_fault_is_found_with_its_path(change: dict[str, Any], problem: str) -> None:
    assert problems(Part, {**GOOD, **change}) == [problem]


def test_a_tolerated_path_is_let_through() -> None:
    body = {**GOOD, "names": [1], "extra": 1}
    assert problems(Part, body, tolerated=frozenset({"extra"})) == ["names[0]: expected str, got int 1"]


def test_a_body_that_is_no_object_is_refused() -> None:
    with pytest.raises(ArmError, match="expected a JSON object"):
        rules.check("Microsoft.Any/things", "2026-01-01", [], "/x")

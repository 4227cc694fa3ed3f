"""`doctor` as text: one line a program, and what is had on demand is no problem while it is not there."""

from typing import Any

import pytest

from cloudnative.commands.doctor import text

HELM: dict[str, Any] = {
    "name": "helm", "version": "4.3.1", "source": "", "on_demand": True,
    "sources": ["path", "release", "go"], "problem": "", "fix": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "on demand, from path or release or go"),
        ({"source": "go"}, "go, on demand"),
        ({"source": "go", "problem": "helm is gone", "fix": "cloudnative doctor --fix"}, "helm is gone"),
        ({"source": "go", "on_demand": False}, "go"),
        ({"on_demand": False, "problem": "it is not installed", "fix": "x"}, "it is not installed"),
    ],
)
def test_a_program_is_a_line_with_version_and_where_from(change: dict[str, Any], line: str) -> None:
    assert text({"tools": [{**HELM, **change}]}).splitlines()[1].split(maxsplit=2) == ["helm", "4.3.1", line]


def test_the_command_that_mends_is_told_once() -> None:
    broken = {**HELM, "problem": "it is gone", "fix": "cloudnative doctor --fix"}
    assert text({"tools": [broken, broken]}).count("fix: cloudnative doctor --fix\n") == 1

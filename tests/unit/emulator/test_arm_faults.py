"""Fault rules: which calls they speak of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudnative_emulator.arm import filters
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.faults import Fault, FaultRules

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("calls", "expected"),
    [("", [1, 2, 3, 4]), ("2", [2]), ("1-2", [1, 2]), ("3-", [3, 4])],
)
def test_calls_count_from_one(calls: str, expected: list[int]) -> None:
    assert [number for number in (1, 2, 3, 4) if Fault(calls=calls).counts(number)] == expected


def test_rules_are_read_again_when_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    rules = FaultRules(path)
    assert rules.pick("GET", "/a") is None
    path.write_text(json.dumps({"rules": [{"method": "GET", "path": "^/a$", "status": 500}]}))
    assert rules.pick("GET", "/A") is not None
    assert rules.pick("PUT", "/a") is None
    path.unlink()
    assert rules.pick("GET", "/a") is None


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"rules": [{"staus": 500}]}',
        '{"rules": [{"path": "("}]}',
        '{"rules": [{"calls": "first"}]}',
        '{"rules": [{"drop": "sideways"}]}',
        '{"rules": [{"operation": "explode"}]}',
    ],
)
def test_a_broken_file_is_logged_and_not_applied(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    assert FaultRules(path).pick("GET", "/a") is None
    assert "is not a list of fault rules" in caplog.text


def test_filters_are_understood_or_refused() -> None:
    assert filters.terms("principalId eq 'x' and atScope()") == [("principalid", "x"), ("atscope", "")]
    with pytest.raises(ArmError, match="does not understand"):
        filters.terms("startswith(name, 'a')")

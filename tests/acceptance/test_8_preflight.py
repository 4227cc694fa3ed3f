"""Preflight seen from the command: findings as data, exit codes, and nothing is written after one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.acceptance.project import Project

pytestmark = pytest.mark.emulator

DISABLED = {"state": "Disabled", "displayName": "cloudnative emulator"}
READER = {"value": [{"actions": ["*/read", "*/action"]}]}
Faults = Callable[..., None]


@pytest.fixture
def faults(project: Project, first_up: Any) -> Iterator[Faults]:
    """Sets the emulator's one fault rule; it is gone afterwards."""
    file = project.home / "emulator" / "faults.json"

    def play(**rule: Any) -> None:
        file.write_text(json.dumps({"rules": [{"status": 200, **rule}]}))

    yield play
    file.unlink()


def writes(project: Project) -> int:
    """How often anybody has asked the emulator to change a resource."""
    lines = (project.home / "emulator" / "requests.ndjson").read_text().splitlines()
    return sum(json.loads(line)["method"] in ("PUT", "PATCH", "DELETE") for line in lines)


@pytest.mark.parametrize("verb", [("up", "--yes"), ("deploy",)])
def test_a_finding_ends_the_run_before_anything_is_written(
    project: Project, faults: Faults, verb: tuple[str, ...]
) -> None:
    faults(path=r"^/subscriptions/[^/]+$", body=DISABLED)
    before = writes(project)
    run = project.run(verb[0], "dev", "--output", "json", *verb[1:])
    assert run.code == 4, run.err
    error = run.json["error"]
    assert [finding["code"] for finding in error["findings"]] == ["preflight.subscription"]
    assert error["findings"][0]["why"] == "its state is Disabled"
    assert error["fix"].startswith("az account list")
    assert writes(project) == before


def test_a_person_reads_cause_and_way_out(project: Project, faults: Faults) -> None:
    faults(path=r"^/subscriptions/[^/]+$", body=DISABLED)
    run = project.run("up", "dev", "--yes")
    assert "error: preflight of dev found 1 problem; nothing was changed" in run.err
    assert "its state is Disabled" in run.err and "fix: az account list" in run.err


def test_preflight_can_be_left_out(project: Project, faults: Faults) -> None:
    faults(path=r"^/subscriptions/[^/]+$", body=DISABLED)
    assert project.run("up", "dev", "--yes", "--skip-preflight").code == 0


def test_a_preview_has_the_findings_beside_the_plan(project: Project, faults: Faults) -> None:
    faults(path="Microsoft.Authorization/permissions$", body=READER)
    run = project.run("preview", "dev", "--output", "json")
    assert run.code == 0, run.err  # somebody else deploys
    assert [one["code"] for one in run.json["findings"]] == ["preflight.rights", "preflight.role-assignments"]
    assert run.json["result"] == "previewed"


def test_nobody_signed_in_is_exit_3(project: Project, faults: Faults) -> None:
    faults(path=r"^/subscriptions/[^/]+$", status=401, body={"error": {"code": "ExpiredAuthenticationToken"}})
    run = project.run("preview", "dev", "--output", "json")
    assert run.code == 3, run.err
    assert run.json["error"]["findings"][0]["code"] == "azure.sign-in"

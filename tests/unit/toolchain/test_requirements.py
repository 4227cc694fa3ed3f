from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
DEVELOP: list[str] = PROJECT["dependency-groups"]["dev"]


def locked(name: str) -> dict[str, str]:
    rows = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return {package.lower().replace(".", "-"): version for package, version in rows}


@pytest.mark.parametrize("text", RUNTIME)
def test_a_dependency_is_locked_in_a_version_it_allows(text: str) -> None:
    wanted = Requirement(text)

    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert wanted.specifier.contains(locked(lock)[wanted.name.replace(".", "-")])


@pytest.mark.parametrize("text", DEVELOP)
def test_a_development_tool_is_locked_in_a_version_it_allows(text: str) -> None:
    wanted = Requirement(text)

    assert wanted.specifier.contains(locked("requirements-dev.lock")[wanted.name])


def test_both_locks_agree() -> None:
    develop = locked("requirements-dev.lock")

    assert {name: develop.get(name) for name in locked("requirements.lock")} == locked("requirements.lock")


def test_the_locks_name_no_index_and_no_place_on_a_machine() -> None:
    text = (ROOT / "requirements.lock").read_text() + (ROOT / "requirements-dev.lock").read_text()

    assert re.findall(r"https?://|--index|--find-links|file:|(?<=\s)/\w+", text) == []

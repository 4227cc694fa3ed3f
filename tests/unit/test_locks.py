"""Every Python package that tests install is pinned by its hash, and by the same tool."""

import re
from pathlib import Path

import pytest
from tests.unit.test_readme import ROOT

LOCKS = sorted(ROOT.glob("*.lock")) + sorted(ROOT.glob("tests/*.lock"))


def test_every_environment_has_a_lock() -> None:
    assert {lock.stem for lock in LOCKS} == {
        "requirements", "requirements-dev", "azure-cli", "checkov", "kubernetes-validate",
    }  # fmt: skip


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_requirement_is_one_version_with_hashes(lock: Path) -> None:
    text = re.sub(r" *\\\n *", " ", lock.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) > 5
    assert [line for line in lines if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []

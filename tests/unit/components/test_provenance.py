"""Where a release comes from: the git revision, whether files differ from it, the bases of its images."""

import subprocess
from pathlib import Path

import pytest

from cloudnative_components.release.provenance import provenance, source

WHO = ("-c", "user.name=a", "-c", "user.email=a@example.org")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One commit of one file, whatever git is told on this machine."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "compose.yaml").write_text("services: {}\n")
    for command in (["init", "-q"], ["add", "."], [*WHO, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    return tmp_path


def test_a_clean_checkout_is_its_commit(repository: Path):
    found = source(repository / "app")
    head = (repository / ".git" / (repository / ".git/HEAD").read_text().split()[1]).read_text().strip()
    assert found == {"commit": head, "dirty": "false"}


@pytest.mark.parametrize("file", ["app/compose.yaml", "elsewhere/new"])
def test_a_changed_and_a_new_file_make_it_dirty(repository: Path, file: str):
    (repository / file).parent.mkdir(exist_ok=True)
    (repository / file).write_text("changed")
    assert source(repository / "app")["dirty"] == "true"


def test_without_a_repository_or_git_nothing_is_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert source(tmp_path) == {}
    monkeypatch.setenv("PATH", "")
    assert source(tmp_path) == {}


def test_base_images_are_named_for_each_built_service():
    found = provenance({"commit": "c"}, "buildkit", {"web": {"debian": "sha256:1"}, "db": None})
    assert found.pop("cloudnative")
    assert found == {"commit": "c", "builder": "buildkit", "base/web/debian": "sha256:1"}


def test_nobody_built_what_has_no_images_of_its_own():
    assert "builder" not in provenance({}, "buildkit", {})

"""An image is built again when and only when something it is made of changed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudnative_provider.image_inputs import inputs_hash

Change = Callable[[Path], object]
_INGREDIENTS: list[Change] = [
    lambda folder: (folder / "src/app.py").write_text("two"),
    lambda folder: (folder / "src/app.py").chmod(0o755),
    lambda folder: (folder / "src/app.py").rename(folder / "src/main.py"),
    lambda folder: (folder / "src/link").symlink_to("app.py"),
    lambda folder: (folder / "empty").mkdir(),
    lambda folder: (folder / "Dockerfile").write_text("FROM scratch\nUSER 1\n"),
    lambda folder: (folder / "Dockerfile.dockerignore").write_text("src\n"),
]
_NOISE: list[Change] = [
    lambda folder: (folder / "noise.log").write_text("two"),
    lambda folder: os.utime(folder / "src/app.py", (1, 1)),
    lambda folder: (folder / "src/app.py").chmod(0o640),
]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    (folder / "src").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / ".dockerignore").write_text("*.log\n")
    (folder / "src/app.py").write_text("one")
    (folder / "noise.log").write_text("one")
    return folder


def _hash(context: Path, **more: Any) -> str:
    settings = {"dockerfile": "Dockerfile", "platform": "linux/amd64", "builder": "buildkit"}
    return inputs_hash({"context": str(context), **settings, **more})


@pytest.mark.parametrize("change", _INGREDIENTS)
def test_a_changed_ingredient_changes_the_hash(context: Path, change: Change) -> None:
    before = _hash(context)
    change(context)
    assert _hash(context) != before


@pytest.mark.parametrize("change", _NOISE)
def test_what_does_not_reach_the_image_does_not_change_the_hash(context: Path, change: Change) -> None:
    before = _hash(context)
    change(context)
    assert _hash(context) == before


def test_the_place_of_the_context_does_not_matter(context: Path) -> None:
    before = _hash(context)
    assert _hash(context.rename(context.parent / "elsewhere")) == before


@pytest.mark.parametrize(
    "setting", [{"target": "test"}, {"buildArgs": {"A": "1"}}, {"platform": "linux/arm64"}]
)
def test_a_setting_changes_the_hash(context: Path, setting: dict[str, Any]) -> None:
    assert _hash(context, **setting) != _hash(context)


def test_files_taken_back_in_count(context: Path) -> None:
    (context / ".dockerignore").write_text("src\n!src/app.py\n")
    before = _hash(context)
    (context / "src/app.py").write_text("two")
    assert _hash(context) != before

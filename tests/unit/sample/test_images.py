"""What holds for every image of the sample: it builds anywhere and runs under Pod Security `restricted`."""

import re
from pathlib import Path

import pytest

FOLDERS = ["bookings", "postgres", "queue", "site", "web", "worker"]


@pytest.fixture(params=FOLDERS)
def dockerfile(request: pytest.FixtureRequest, shipping: Path) -> str:
    return (shipping / request.param / "Dockerfile").read_text()


def test_every_folder_is_known(shipping: Path) -> None:
    assert sorted(file.parent.name for file in shipping.glob("*/Dockerfile")) == FOLDERS


def test_the_only_base_is_debian(dockerfile: str) -> None:
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"debian:bookworm-slim"}


def test_it_runs_as_a_numbered_user_that_is_not_root(dockerfile: str) -> None:
    last_stage = dockerfile.rsplit("FROM ", 1)[-1]
    assert re.findall(r"^USER (.+)$", last_stage, re.MULTILINE) == ["10001:10001"]


def test_it_fetches_nothing_but_debian_packages(dockerfile: str) -> None:
    assert not re.search(r"\b(curl|wget|pip|npm|git|ADD)\b|go (get|install|mod)", dockerfile)


def test_its_source_is_copied_last(dockerfile: str) -> None:
    assert dockerfile.strip().splitlines()[-1].startswith("COPY ")

"""One project, brought up once, for every acceptance test; the tests run in the order of the files' names."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.machine import Snapshot, snapshot
from tests.acceptance.project import Project

SECONDS = 900  # a test may be the one that pays for the first `up`: base image, seven cold builds, a cluster


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture(scope="session")
def bare_machine(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The machine before the first `up`."""
    return snapshot(str(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, bare_machine: Snapshot) -> Iterator[Project]:
    folder: Path = tmp_path_factory.mktemp("acceptance")
    (folder / "project").mkdir()
    project = Project.copy(folder / "project")
    yield project
    project.run("emulator", "reset", "--yes")


@pytest.fixture(scope="session")
def first_up(project: Project) -> Any:
    """The JSON of the first `up dev`, which is README's `make up`."""
    return project.make_up()

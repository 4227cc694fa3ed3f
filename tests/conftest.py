"""Of every tier: the home of whoever runs the tests is never touched, even by a test that names none."""

from collections.abc import Generator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _home_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(tmp_path_factory.mktemp("home")))
        yield

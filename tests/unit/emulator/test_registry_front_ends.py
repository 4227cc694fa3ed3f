"""Which images are Dockerfile front ends that the mirror can make itself."""

from __future__ import annotations

import pytest

from cloudnative_emulator.registry.front_ends import is_front_end
from cloudnative_toolchain.catalog import tools


@pytest.mark.parametrize(
    ("name", "tag", "is_one"),
    [
        ("docker/dockerfile", "1", True),
        ("docker/dockerfile", "1.4", True),
        ("docker/dockerfile", "1.28.0", True),
        ("docker/dockerfile", "1.29", False),
        ("docker/dockerfile", "2", False),
        ("docker/dockerfile", "latest", True),
        ("docker/dockerfile", "labs", True),
        ("docker/dockerfile", "1.7-labs", True),
        ("docker/dockerfile-upstream", "master", True),
        ("library/debian", "1", False),
    ],
)
def test_front_ends_up_to_the_version_that_is_built(name: str, tag: str, is_one: bool) -> None:
    assert is_front_end(name, tag, version="1.28.0") is is_one


def test_the_front_end_is_had_only_when_it_is_asked_for() -> None:
    assert tools()["dockerfile-frontend"].on_demand

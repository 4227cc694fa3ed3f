from __future__ import annotations

import pytest

from cloudnative_toolchain.catalog import HERE, Tool, number, tools


@pytest.mark.parametrize(
    ("fits", "version", "accepted"),
    [
        (">=1.6,<2", "1.6.20", True),
        (">=1.6,<2", "2.0.0", False),
        (">=1.6,<2", "1.5.99", False),
        (">=3.245,<4", "v3.272.0-rc.1", True),
        ("==1.36.3", "1.36.3", True),
        ("==1.36.3", "1.36.30", False),
        (">=1.0", "", False),
    ],
)
def test_a_version_is_accepted_by_the_conditions_of_its_tool(
    fits: str, version: str, *, accepted: bool
) -> None:
    tool = Tool(name="t", version="1", fits=fits, programs=(), sources=())

    assert tool.accepts(version) is accepted


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("Kubernetes v1.36.3", "1.36.3"),
        ("etcd Version: 3.4.23\nGo Version: go1.19.8", "3.4.23"),
        ("nftables v1.0.6 (Lester Gooch #5)", "1.0.6"),
        ("go version go1.26.8 linux/amd64", "1.26.8"),
        ("unknown", ""),
    ],
)
def test_the_version_is_the_first_dotted_number_that_a_program_prints(printed: str, version: str) -> None:
    assert number(printed) == version


@pytest.mark.parametrize("tool", tools().values(), ids=lambda tool: tool.name)
def test_every_pinned_tool_accepts_its_own_version(tool: Tool) -> None:
    assert tool.accepts(tool.version)
    assert tool.programs
    assert tool.sources


def test_no_program_belongs_to_two_tools() -> None:
    programs = [name for tool in tools().values() for name in tool.programs]

    assert len(programs) == len(set(programs))


def test_every_module_wrapper_is_shipped_with_its_checksums() -> None:
    wrappers = [source.module for tool in tools().values() for source in tool.sources if source.module]

    missing = [
        name
        for name in wrappers
        for file in ("go.mod", "go.sum")
        if not (HERE / "go" / name / file).is_file()
    ]

    assert missing == []


def test_a_wrapper_names_the_version_that_is_pinned() -> None:
    for tool in tools().values():
        for source in tool.sources:
            if source.module:
                assert f" v{source.version}" in (HERE / "go" / source.module / "go.mod").read_text()

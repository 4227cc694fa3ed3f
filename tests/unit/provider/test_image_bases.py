"""An image is built again when what it stands on has moved, and a refresh is what finds out."""

from pathlib import Path
from typing import Any

import pytest

from cloudnative_provider.bases import found_in, moved
from cloudnative_provider.image import Image
from cloudnative_provider.resource import Call
from cloudnative_provider.upstream import Reference

_OLD, _NEW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
_BASE = "docker.io/library/debian:bookworm-slim"


@pytest.mark.parametrize(
    ("step", "bases"),
    [
        (f"[1/5] FROM {_BASE}@{_OLD}", {_BASE: _OLD}),
        (f"[build 1/3] FROM {_BASE}@{_OLD}", {_BASE: _OLD}),
        ("[2/5] RUN echo FROM a@b", {}),
        ("[internal] load build context", {}),
    ],
)
def test_steps_of_a_build_name_its_bases(step: str, bases: dict[str, str]) -> None:
    assert found_in([step], "FROM debian:bookworm-slim") == bases


def test_a_base_that_the_dockerfile_pins_cannot_move() -> None:
    assert found_in([f"[1/5] FROM {_BASE}@{_OLD}"], f"FROM debian:bookworm-slim@{_OLD}") == {}


async def _resolver(reference: Reference, *, mirror: str = "") -> str:
    assert str(reference) == _BASE
    return {"mirror": _NEW}[mirror]


@pytest.mark.parametrize(("now", "then"), [({_BASE: _OLD}, {_BASE: _NEW}), ({_BASE: _NEW}, {}), ({}, {})])
async def test_a_base_has_moved_when_its_name_stands_for_another_digest(
    monkeypatch: pytest.MonkeyPatch, now: dict[str, str], then: dict[str, str]
) -> None:
    monkeypatch.setattr("cloudnative_provider.bases.resolve", _resolver)
    assert await moved(now, mirror="mirror") == then


async def test_a_base_that_nobody_can_be_asked_about_has_not_moved() -> None:
    assert await moved({"127.0.0.1:1/a:b": _OLD}, mirror="") == {}


@pytest.mark.parametrize(("bases", "paths"), [({_BASE: _NEW}, {"bases": "update"}), ({}, {})])
async def test_a_moved_base_is_a_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bases: dict[str, str], paths: dict[str, str]
) -> None:
    async def pushed(*_: object) -> bool:
        return True

    monkeypatch.setattr("cloudnative_provider.image._pushed", pushed)
    inputs: dict[str, Any] = {
        "cloud": "azure",
        "registry": "r",
        "repository": "web",
        "context": str(tmp_path),
    }
    outputs = {"movedBases": bases}
    call = Call("urn:pulumi:dev::p::t::n", "i", inputs, inputs, outputs, preview=False, timeout=1, emit=print)
    assert (await Image().diff(call)).paths == paths

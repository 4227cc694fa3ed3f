"""What an Image accepts, and what it gets where nothing is said."""

from pathlib import Path
from typing import Any

import pytest

from cloudnative_provider.image import Image
from cloudnative_provider.resource import Call, Failure, Properties


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return tmp_path


async def check(context: Path, **more: Any) -> tuple[Properties, list[Failure]]:
    given = {"cloud": "azure", "registry": "r", "repository": "web", "context": str(context), **more}
    call = Call("urn", "", given, {}, {}, preview=True, timeout=1, emit=lambda _: None)
    return await Image().check(call)


@pytest.mark.parametrize(("cloud", "builder"), [("azure", "docker"), ("emulator", "buildkit")])
async def test_the_builder_follows_the_cloud(context: Path, cloud: str, builder: str) -> None:
    inputs, found = await check(context, cloud=cloud)
    assert found == []
    assert inputs["builder"] == builder
    assert (await check(context, cloud=cloud, builder=builder))[0]["inputsHash"] == inputs["inputsHash"]


@pytest.mark.parametrize(
    ("given", "place", "words"),
    [
        ({"builder": "kaniko"}, "builder", "allowed: buildkit, docker, acr"),
        ({"builder": "acr"}, "registryId", "is required by builder `acr`"),
        ({"dockerfile": "Containerfile"}, "dockerfile", "is not a file"),
    ],
)
async def test_what_cannot_be_built_is_said_at_check(
    context: Path, given: dict[str, str], place: str, words: str
) -> None:
    _, (failure,) = await check(context, **given)
    assert failure.property == place
    assert words in failure.reason

"""A build by the user's Docker: what it is asked, what it may see, and what it says when it is not there."""

import json
from pathlib import Path

import pytest
from tests.unit.provider.building import order, script

from cloudnative_provider import docker
from cloudnative_provider.docker import Docker
from cloudnative_toolchain.errors import CloudnativeError

# Answers `buildx version`; else keeps what it was asked and given, and writes the metadata it is asked for.
_DOCKER = """
[ "$2" = version ] && exit 0
printf '%s\\n' "$@" > {seen}/arguments
cp -RL "$DOCKER_CONFIG" {seen}/config; stat -c %a "$DOCKER_CONFIG/config.json" > {seen}/mode
for each in "$@"; do case "$each" in --metadata-file=*)
  echo '{{"containerimage.digest": "sha256:1"}}' > "${{each#*=}}";; esac; done
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "own"
    (folder / "buildx").mkdir(parents=True)
    (folder / "buildx" / "current").write_text("mine")
    settings = {"credsStore": "desktop", "currentContext": "colima", "auths": {"hub": {"auth": "x"}}}
    (folder / "config.json").write_text(json.dumps(settings))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder


def test_the_command_line_has_every_setting() -> None:
    wanted = order(target="run", buildArgs={"A": "1"})
    assert Docker(Path("/d")).arguments(wanted, Path("/m.json")) == [
        "/d", "buildx", "build", "--push", "--provenance=false", "--progress=rawjson",
        "--metadata-file=/m.json", "--platform=linux/amd64", "--file=/Dockerfile",
        "--tag=r/shop/web:0123456789ab", "--build-arg=SOURCE_DATE_EPOCH=0", "--build-arg=A=1", "--target=run",
        "--", "/",
    ]  # fmt: skip


async def test_docker_signs_in_with_a_private_file_beside_what_the_user_has(
    tmp_path: Path, context: Path, own: Path
) -> None:
    program = script(tmp_path / "docker", _DOCKER.format(seen=tmp_path))
    built = await Docker(program).build(order(context), print, print)
    config = json.loads((tmp_path / "config/config.json").read_text())
    assert built.digest == "sha256:1"
    assert config["auths"]["r"]["identitytoken"] == "the-token"
    assert config["auths"]["hub"] == {"auth": "x"}
    assert (config["credHelpers"], config["currentContext"]) == ({"r": ""}, "colima")
    assert (tmp_path / "config/buildx/current").read_text() == "mine"
    assert (tmp_path / "mode").read_text() == "600\n"
    assert "the-token" not in (tmp_path / "arguments").read_text() + (own / "config.json").read_text()


def test_without_docker_the_error_names_the_other_builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CloudnativeError, match=r"no docker on PATH.*`acr`") as caught:
        docker.docker()
    assert caught.value.fix == "docker buildx version"


async def test_a_docker_without_buildx_is_said_before_anything_is_built(tmp_path: Path) -> None:
    program = script(tmp_path / "docker", "echo 'docker: unknown command: docker buildx' >&2; exit 1")
    with pytest.raises(CloudnativeError, match="has no buildx: docker: unknown command"):
        await Docker(program).build(order(), print, print)

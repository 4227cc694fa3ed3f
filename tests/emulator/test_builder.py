"""The emulator's BuildKit: Dockerfiles that ask for a front end, and the host's certificates in RUN steps."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.emulator.live_home import LiveHome

import cloudnative_emulator
from cloudnative_toolchain.programs import program

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.skipif(os.geteuid() != 0, reason="BuildKit needs root"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHome]:
    folder = tmp_path_factory.mktemp("builder")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(folder / "home"))
        patch.setenv("CLOUDNATIVE_HOST_CERTIFICATES", "on")
        home = LiveHome(folder / "home")
        home.start("simulated")
        yield home
        cloudnative_emulator.reset()


def build(folder: Path, dockerfile: str, *output: str) -> str:
    """Builds without cache and pushes nothing; BuildKit's log."""
    (folder / "Dockerfile").write_text(dockerfile)
    found = cloudnative_emulator.endpoint()
    assert found
    argv = [str(program("buildctl")), f"--addr={found.buildkit}", "build", "--frontend=dockerfile.v0"]
    argv += [f"--local=context={folder}", f"--local=dockerfile={folder}", "--no-cache", *output]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize("tag", ["1", "1.7-labs"])
def test_a_dockerfile_that_names_its_front_end_builds(home: LiveHome, tmp_path: Path, tag: str) -> None:
    lines = [
        f"# syntax=docker/dockerfile:{tag}",
        "FROM debian:bookworm-slim",
        "RUN <<DONE",
        "echo made",
        "DONE",
    ]
    said = build(tmp_path, "\n".join(lines))
    assert f"docker-image://docker.io/docker/dockerfile:{tag}" in said
    assert "made" in said


def test_a_step_trusts_the_hosts_certificates_and_the_image_keeps_no_trace(
    home: LiveHome, tmp_path: Path
) -> None:
    step = 'RUN test -s "$SSL_CERT_FILE" && cmp "$PIP_CERT" "$NODE_EXTRA_CA_CERTS" && echo in $SSL_CERT_FILE'
    output = f"--output=type=oci,tar=false,dest={tmp_path}/oci"
    said = build(tmp_path, f"FROM debian:bookworm-slim\n{step} && touch /made\n", output)
    assert "in /dev/host-ca.pem" in said
    blobs = contents(tmp_path / "oci/blobs/sha256")
    assert any(b"made" in blob for blob in blobs)
    assert not any(b"host-ca.pem" in blob for blob in blobs)


def contents(folder: Path) -> list[bytes]:
    """Configuration, manifests and layers, unpacked."""
    blobs = [file.read_bytes() for file in folder.iterdir()]
    return [gzip.decompress(blob) if blob.startswith(b"\x1f\x8b") else blob for blob in blobs]


def test_the_output_says_that_builds_trust_the_host(home: LiveHome) -> None:
    found = cloudnative_emulator.endpoint()
    assert found
    assert Path(found.build_certificates).is_file()
    assert cloudnative_emulator.status()["build_certificates"] == found.build_certificates

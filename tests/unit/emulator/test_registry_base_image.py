"""The base image's parts that need no mmdebstrap: sources of the host, the image layout."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from cloudnative_emulator.registry.apt_sources import host_sources
from cloudnative_emulator.registry.layout import Image, Layout
from cloudnative_emulator.registry.rights import parse_scopes

if TYPE_CHECKING:
    from pathlib import Path

DEBIAN = "Types: deb\nURIs: http://mirror.invalid/debian\nSuites: bookworm bookworm-updates\nComponents: main"
IMAGE = Image(
    "docker.io/library/debian:bookworm-slim", "amd64", "2025-01-01T00:00:00Z", ["PATH=/bin"], ["bash"]
)


def test_debians_stanzas_are_taken_and_others_left(tmp_path: Path) -> None:
    folder = tmp_path / "etc/apt/sources.list.d"
    folder.mkdir(parents=True)
    other = DEBIAN.replace("bookworm-updates", "") + "\nSigned-By: /etc/apt/keyrings/other.gpg"
    (folder / "debian.sources").write_text(f"# a note\n{DEBIAN}\n\n{other}\n")
    (folder / "old.sources.disabled").write_text(DEBIAN)
    assert host_sources(tmp_path) == [DEBIAN]


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("deb http://mirror.invalid/debian bookworm main contrib", True),
        ("deb [arch=amd64] http://mirror.invalid/security bookworm-security main", True),
        ("deb [signed-by=/etc/apt/keyrings/x.gpg] http://mirror.invalid/x bookworm main", False),
        ("deb http://mirror.invalid/debian trixie main", False),
        ("# deb http://mirror.invalid/debian bookworm main", False),
    ],
)
def test_one_line_entries(tmp_path: Path, line: str, taken: bool) -> None:
    (tmp_path / "etc/apt").mkdir(parents=True)
    (tmp_path / "etc/apt/sources.list").write_text(line + "\n")
    assert host_sources(tmp_path) == ([line] if taken else [])


def test_an_image_is_found_again_under_a_stable_digest(tmp_path: Path) -> None:
    tarball = tmp_path / "root.tar"
    with tarfile.open(tarball, "w") as archive:
        archive.addfile(tarfile.TarInfo("etc/os-release"))
    first, second = Layout(tmp_path / "one"), Layout(tmp_path / "two")
    with first.locked(), second.locked():
        digest = first.add(IMAGE, tarball)
        assert second.add(IMAGE, tarball) == digest
    assert first.find(IMAGE.reference) == digest
    assert first.find("docker.io/library/other:1") is None
    manifest = json.loads((tmp_path / "one/blobs/sha256" / digest.removeprefix("sha256:")).read_text())
    assert all((tmp_path / "one/blobs/sha256" / layer["digest"][7:]).exists() for layer in manifest["layers"])


def test_scopes_of_a_token_request() -> None:
    assert parse_scopes(["repository:team/app:pull,push registry:catalog:*", "nonsense"]) == [
        {"type": "repository", "name": "team/app", "actions": ["pull", "push"]},
        {"type": "registry", "name": "catalog", "actions": ["*"]},
    ]

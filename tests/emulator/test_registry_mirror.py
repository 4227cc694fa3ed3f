"""The stand-in for Docker Hub: images of the cache's layout over the distribution API."""

from __future__ import annotations

import hashlib
import tarfile
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.emulator.arm_home import Home
from tests.loopback import serving

from cloudnative_emulator.registry.layout import Image, Layout
from cloudnative_emulator.registry.seed import hub_answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.emulator
IMAGE = Image(
    "docker.io/library/debian:bookworm-slim", "amd64", "2025-01-01T00:00:00Z", ["PATH=/bin"], ["bash"]
)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setenv("CLOUDNATIVE_CACHE", str(tmp_path / "cache"))
    with tarfile.open(tmp_path / "root.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("etc/os-release"))
    layout = Layout(tmp_path / "cache/images")
    with layout.locked():
        layout.add(IMAGE, tmp_path / "root.tar")
    home = Home(tmp_path / "home")
    with httpx.Client(base_url=f"http://{home.api.docker_mirror}/v2/", timeout=20) as client:
        yield client
    home.close()


def test_an_image_is_pulled_by_tag_and_by_digest(mirror: httpx.Client) -> None:
    by_tag = mirror.get("library/debian/manifests/bookworm-slim")
    digest = by_tag.headers["Docker-Content-Digest"]
    assert by_tag.headers["Content-Type"] == "application/vnd.oci.image.manifest.v1+json"
    assert mirror.head(f"library/debian/manifests/{digest}").headers["Content-Length"] == str(
        len(by_tag.content)
    )
    layer = by_tag.json()["layers"][0]
    blob = mirror.get(f"library/debian/blobs/{layer['digest']}").content
    assert "sha256:" + hashlib.sha256(blob).hexdigest() == layer["digest"]


@pytest.mark.parametrize(
    "path", ["library/nginx/manifests/latest", "library/debian/blobs/sha256:../../index.json"]
)
def test_what_it_does_not_have_is_404_so_that_clients_go_on_to_the_hub(
    mirror: httpx.Client, path: str
) -> None:
    assert mirror.get(path).status_code == 404


@pytest.mark.parametrize(("status", "header", "answers"), [(401, True, True), (403, False, False)])
def test_a_proxys_refusal_is_not_docker_hub(status: int, header: bool, answers: bool) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if header:
                self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
            self.end_headers()

    with serving(Handler) as url:
        assert hub_answers(f"{url}/v2/") is answers

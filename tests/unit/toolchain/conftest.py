"""A cache of its own for every test, and a release server on loopback that can misbehave."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from tests.loopback import serving

from cloudnative_toolchain.catalog import Source, Tool
from cloudnative_toolchain.install import install
from cloudnative_toolchain.progress import Tally
from cloudnative_toolchain.records import Installed

PROGRAM = b"#!/bin/sh\necho sailor 1.2.3\n" + b"# cargo\n" * 40_000


@dataclass
class ReleaseServer:
    """Serves `files`; drops the connection after `drop_after` bytes as often as `drops` says."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    requests: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    drops: int = 0
    drop_after: int = 100_000
    ranges: bool = True

    def publish(self, content: bytes = PROGRAM, checksum: str | None = None) -> None:
        """Puts up one release, with its right checksum or another."""
        self.files["/sailor"] = content
        self.files["/sums"] = f"{checksum or hashlib.sha256(content).hexdigest()}  sailor\n".encode()


class _Handler(BaseHTTPRequestHandler):
    release: ReleaseServer

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.release.requests.append((self.path, asked))
        content = self.release.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.release.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(self._cut(content[start:]))

    def _cut(self, body: bytes) -> bytes:
        if self.path == "/sailor" and self.release.drops:
            self.release.drops -= 1
            return body[: self.release.drop_after]
        return body


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLOUDNATIVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "toolchain"


@pytest.fixture
def server() -> Iterator[ReleaseServer]:
    running = ReleaseServer()

    class Handler(_Handler):
        release = running

    with serving(Handler) as running.url:
        yield running


@pytest.fixture
def release(server: ReleaseServer) -> Source:
    return Source(kind="release", version="1.2.3", url=f"{server.url}/sailor", checksums=f"{server.url}/sums")


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a program that prints its version on PATH."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def put(name: str, script: str) -> Path:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        return folder / name

    return put


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def have(said: list[str]) -> Callable[..., Installed]:
    """Installs the tool `sailor` from the given sources."""

    def run(*sources: Source, fits: str = ">=1.2,<2") -> Installed:
        tool = Tool(name="sailor", version="1.2.3", fits=fits, programs=("sailor",), sources=sources)
        return install(tool, Tally(said.append, total=1), threading.Event(), {})

    return run

"""A cache of its own for every test, and a release server on loopback that can misbehave."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cloudnative_toolchain.catalog import Source, Tool
from cloudnative_toolchain.install import install
from cloudnative_toolchain.progress import Tally
from cloudnative_toolchain.records import Installed

PROGRAM = b"#!/bin/sh\necho sailor 1.2.3\n" + b"# cargo\n" * 40_000


class ReleaseServer(ThreadingHTTPServer):
    """Serves `files`; drops the connection after `drop_after` bytes as often as `drops` says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.drops, self.drop_after, self.ranges = 0, 100_000, True
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def publish(self, content: bytes = PROGRAM, checksum: str | None = None) -> None:
        """Puts up one release, with its right checksum or another."""
        self.files["/sailor"] = content
        self.files["/sums"] = f"{checksum or hashlib.sha256(content).hexdigest()}  sailor\n".encode()


class _Handler(BaseHTTPRequestHandler):
    server: ReleaseServer  # pyright: ignore[reportIncompatibleVariableOverride] - narrower on purpose

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.requests.append((self.path, asked))
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(self._cut(content[start:]))

    def _cut(self, body: bytes) -> bytes:
        if self.path == "/sailor" and self.server.drops:
            self.server.drops -= 1
            return body[: self.server.drop_after]
        return body

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name for it
        """The test's output stays clean."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLOUDNATIVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "toolchain"


@pytest.fixture
def server() -> Iterator[ReleaseServer]:
    with ReleaseServer() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


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

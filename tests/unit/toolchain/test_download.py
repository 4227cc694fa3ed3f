from __future__ import annotations

import hashlib
import socket
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cloudnative_toolchain.catalog import Source
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.records import Installed

from .conftest import PROGRAM, ReleaseServer

Have = Callable[..., Installed]
PATH_SOURCE = Source(kind="path")


def test_a_release_with_the_published_checksum_is_installed(
    server: ReleaseServer, release: Source, have: Have, cache: Path
) -> None:
    server.publish()

    assert have(release).source == "release"

    assert (cache / "sailor/1.2.3/bin/sailor").read_bytes() == PROGRAM


def test_a_wrong_checksum_is_an_error_that_names_both_and_keeps_nothing(
    server: ReleaseServer, release: Source, have: Have, cache: Path
) -> None:
    server.publish(checksum="0" * 64)

    with pytest.raises(CloudnativeError) as caught:
        have(release)

    assert caught.value.code == "toolchain.checksum"
    assert "0" * 64 in caught.value.why
    assert hashlib.sha256(PROGRAM).hexdigest() in caught.value.why
    assert [file for file in cache.rglob("*") if file.is_file() and file.suffix != ".lock"] == []


def test_a_wrong_checksum_does_not_fall_through_to_the_next_source(
    server: ReleaseServer, release: Source, have: Have, on_path: Callable[[str, str], Path]
) -> None:
    server.publish(checksum="0" * 64)
    on_path("sailor", "echo 1.2.3")

    with pytest.raises(CloudnativeError, match="not what its project published"):
        have(release, PATH_SOURCE)


def test_a_missing_release_falls_through_to_the_next_source(
    release: Source, have: Have, on_path: Callable[[str, str], Path]
) -> None:
    on_path("sailor", "echo 1.2.3")

    assert have(release, PATH_SOURCE).source == "path"


def test_a_download_that_breaks_off_is_resumed_where_it_stopped(
    server: ReleaseServer, release: Source, have: Have, cache: Path
) -> None:
    server.publish()
    server.drops = 2

    have(release)

    assert [asked for path, asked in server.requests if path == "/sailor"] == [
        None,
        "bytes=100000-",
        "bytes=200000-",
    ]
    assert (cache / "sailor/1.2.3/bin/sailor").read_bytes() == PROGRAM


def test_a_later_run_continues_what_an_earlier_one_left(
    server: ReleaseServer, release: Source, have: Have
) -> None:
    server.publish()
    server.drops = 3
    with pytest.raises(CloudnativeError, match="could not be had"):
        have(release)

    have(release)

    assert server.requests[-1] == ("/sailor", "bytes=300000-")


def test_a_server_that_cannot_resume_sends_the_whole_again(
    server: ReleaseServer, release: Source, have: Have, cache: Path
) -> None:
    server.publish()
    server.drops, server.ranges = 1, False

    have(release)

    assert (cache / "sailor/1.2.3/bin/sailor").read_bytes() == PROGRAM


def test_an_unreachable_host_is_tried_once_a_run(have: Have, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{_closed_port()}"
    source = Source(kind="release", version="1.2.3", url=f"{url}/sailor", checksums=f"{url}/sums")
    tried: list[str] = []
    real = urllib.request.urlopen

    def counted(request: urllib.request.Request, timeout: float) -> object:
        tried.append("once")
        return real(request, timeout=timeout)

    monkeypatch.setattr(urllib.request, "urlopen", counted)

    with pytest.raises(CloudnativeError) as caught:
        have(source, replace(source, url=f"{url}/other"))

    assert tried == ["once"]
    assert "cannot be reached" in caught.value.why


def test_a_checksum_list_without_the_file_is_no_source(
    server: ReleaseServer, release: Source, have: Have
) -> None:
    server.publish()
    server.files["/sums"] = b"%s  another\n%s  third\n" % (b"0" * 64, b"1" * 64)

    with pytest.raises(CloudnativeError, match="do not name sailor"):
        have(release)


def test_two_installations_at_once_download_one_time(
    server: ReleaseServer, release: Source, have: Have
) -> None:
    server.publish()
    threads = [threading.Thread(target=have, args=(release,)) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [path for path, _ in server.requests].count("/sailor") == 1


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudnative_toolchain.catalog import Source
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.locks import locked
from cloudnative_toolchain.records import Installed

from .conftest import ReleaseServer

Have = Callable[..., Installed]
OnPath = Callable[[str, str], Path]
PATH_SOURCE = Source(kind="path")
HANGS = """
import sys, threading, time
from cloudnative_toolchain import install as module
from cloudnative_toolchain.catalog import Source, Tool
from cloudnative_toolchain.progress import Tally
def hang(job, source):
    (job.folder / "half").write_text("half")
    print("hanging", flush=True)
    time.sleep(60)
module.KINDS = {"path": hang}
sources = (Source(kind="path"),)
tool = Tool(name="sailor", version="1.2.3", fits=">=1.2,<2", programs=("sailor",), sources=sources)
module.install(tool, Tally(print, 1), threading.Event(), {})
"""


def test_a_program_on_path_in_a_version_that_fits_is_used_where_it_is(have: Have, on_path: OnPath) -> None:
    there = on_path("sailor", "echo sailor v1.4.0")

    record = have(PATH_SOURCE)

    assert (record.version, record.programs["sailor"]) == ("1.4.0", str(there))


@pytest.mark.parametrize("version", ["1.1.9", "2.0.0", "unknown"])
def test_a_program_on_path_in_another_version_is_not_used(have: Have, on_path: OnPath, version: str) -> None:
    on_path("sailor", f"echo {version}")

    with pytest.raises(CloudnativeError, match=r"wanted >=1\.2,<2"):
        have(PATH_SOURCE)


def test_a_program_that_does_not_start_is_not_kept(
    have: Have, server: ReleaseServer, release: Source, cache: Path
) -> None:
    server.publish(content=b"#!/nowhere/interpreter\n")

    with pytest.raises(CloudnativeError, match="does not say its version"):
        have(release)

    assert list((cache / "sailor").iterdir()) == []


def test_the_error_names_every_source_and_why(have: Have, release: Source) -> None:
    with pytest.raises(CloudnativeError) as caught:
        have(PATH_SOURCE, release)

    assert "path: sailor is not on PATH" in caught.value.why
    assert "release: " in caught.value.why
    assert "answered 404" in caught.value.why


def test_what_is_installed_is_found_without_a_process(
    have: Have, on_path: OnPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path("sailor", "echo 1.2.3")
    first = have(PATH_SOURCE)
    monkeypatch.setattr(subprocess, "Popen", _no_process)

    assert have(PATH_SOURCE) == first


def test_a_program_that_changed_since_is_looked_for_again(have: Have, on_path: OnPath) -> None:
    on_path("sailor", "echo 1.2.3")
    have(PATH_SOURCE)
    on_path("sailor", "echo 1.3.0 # upgraded by the distribution")

    assert have(PATH_SOURCE).version == "1.3.0"


def test_a_truncated_program_is_installed_again(
    have: Have, server: ReleaseServer, release: Source, cache: Path
) -> None:
    server.publish()
    have(release)
    os.truncate(cache / "sailor/1.2.3/bin/sailor", 10)

    have(release)

    assert (cache / "sailor/1.2.3/bin/sailor").stat().st_size > 10


def test_an_installation_killed_midway_is_done_again_and_leaves_no_rest(
    have: Have, on_path: OnPath, cache: Path
) -> None:
    with subprocess.Popen([sys.executable, "-c", HANGS], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hanging\n"
        process.kill()
    assert list(cache.glob("sailor/.new/half")) != []
    on_path("sailor", "echo 1.2.3")

    have(PATH_SOURCE)

    assert [entry.name for entry in (cache / "sailor").iterdir()] == ["1.2.3-from-path"]


def test_a_second_process_waits_for_the_first_and_says_so(
    have: Have, on_path: OnPath, said: list[str], cache: Path
) -> None:
    on_path("sailor", "echo 1.2.3")
    lock = cache / ".locks/sailor.lock"
    holder = (
        "import fcntl,sys,time; f=open(sys.argv[1],'w'); fcntl.flock(f,2); print(flush=True); time.sleep(0.3)"
    )
    lock.parent.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", holder, lock], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()

        have(PATH_SOURCE)

    assert said[0].startswith("sailor: waiting: it is being installed already")


def test_a_lock_is_free_again_when_its_holder_is_done(tmp_path: Path) -> None:
    def never() -> None:
        pytest.fail("had to wait")

    for _ in range(2):
        with locked(tmp_path / "lock", waiting=never):
            time.sleep(0)


def _no_process(*_: object, **__: object) -> None:
    pytest.fail("started a process")

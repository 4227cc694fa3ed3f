"""Go module and Debian package, without Go and without apt: what is ours in them."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudnative_toolchain.catalog import Source, Tool, tools
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.install import install
from cloudnative_toolchain.job import Job, StoppedError, UnavailableError
from cloudnative_toolchain.progress import Tally
from cloudnative_toolchain.sources import debian

OnPath = Callable[[str, str], Path]
COMPILES = """
case "$1" in
  version) echo go version go1.26.8 ;;
  *) { echo '#!/bin/sh'; echo 'echo 1.2.3'; env | sed 's/^/# /'; echo "# $@"; } > "$GOBIN/sailor"
     chmod +x "$GOBIN/sailor" ;;
esac"""
MODULE = Source(
    kind="go", version="1.2.3", install="example.org/sailor", packages=("example.org/sailor",), ldflags="-s"
)


def nothing_else(tool: Tool) -> Path:
    raise AssertionError(tool.name)


def build(said: list[str]) -> Path:
    tool = Tool(name="sailor", version="1.2.3", fits=">=1", programs=("sailor",), sources=(MODULE,))
    install(tool, Tally(said.append, 1), threading.Event(), {})
    return Path("sailor/1.2.3/bin/sailor")


def test_a_build_is_static_trimmed_and_of_the_pinned_version(
    on_path: OnPath, said: list[str], cache: Path
) -> None:
    on_path("go", COMPILES)

    text = (cache / build(said)).read_text()

    assert "CGO_ENABLED=0\n" in text
    assert "GOTOOLCHAIN=local\n" in text
    assert text.endswith("install -v -trimpath -ldflags -s example.org/sailor@v1.2.3\n")


def test_a_failing_build_tells_the_last_lines_of_the_compiler(
    on_path: OnPath, said: list[str], cache: Path
) -> None:
    on_path("go", 'test "$1" = version && echo go1.26.8 || { echo no such package; exit 1; }')

    with pytest.raises(CloudnativeError, match="no such package"):
        build(said)

    assert list((cache / "sailor").iterdir()) == []


def test_a_stopped_run_ends_its_processes(said: list[str], tmp_path: Path) -> None:
    stop = threading.Event()
    job = Job(tools()["cni"], tmp_path, Tally(said.append, 1), stop, {}, nothing_else)
    threading.Timer(0.1, stop.set).start()

    with pytest.raises(StoppedError):
        job.run(["sleep", "60"], doing="sleeping")


def test_a_packaged_program_finds_its_private_libraries_from_wherever_it_lies(tmp_path: Path) -> None:
    made = tmp_path / "made"
    (made / "bin").mkdir(parents=True)
    (made / "root/usr/sbin").mkdir(parents=True)
    (made / "root/usr/sbin/nft").write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH $@"\n')
    (made / "root/usr/sbin/nft").chmod(0o755)
    (made / "bin/nft").write_text(debian._script("../root/usr/sbin/nft", {"LD_LIBRARY_PATH": ["usr/lib/x"]}))
    (made / "bin/nft").chmod(0o755)
    moved = made.rename(tmp_path / "moved")

    said = subprocess.run(
        [moved / "bin/nft", "a b"], env={}, capture_output=True, text=True, check=True
    ).stdout

    assert said == f"{moved}/bin/../root/usr/lib/x a b\n"


def test_without_apt_the_distribution_is_no_source(
    said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    job = Job(tools()["runc"], tmp_path, Tally(said.append, 1), threading.Event(), {}, nothing_else)

    with pytest.raises(UnavailableError, match="not a Debian"):
        debian.fetch(job, Source(kind="debian", packages=("runc",)))

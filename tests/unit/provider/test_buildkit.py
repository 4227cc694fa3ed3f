"""A build by a stand-in for buildctl: what is said of it, and that it never outlives us."""

import base64
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudnative_provider.buildkit import Build
from cloudnative_toolchain.errors import CloudnativeError

_INPUTS = {"context": "/", "dockerfile": "Dockerfile", "platform": "linux/amd64"}


def made_by(folder: Path, body: str = "") -> Build:
    """A build whose buildctl is a shell script."""
    script = folder / "buildctl"
    if body:
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
    return Build(script, "unix:///b", _INPUTS, name="r/shop/web:1", registry="r", ca="", identity_token="t")


async def test_steps_and_output_are_told_apart_and_the_error_has_the_end_of_the_log(
    tmp_path: Path,
) -> None:
    vertexes = [
        {"digest": name, "name": name, "started": "now"} for name in ("[internal] load", "[2/2] RUN apt")
    ]
    logs = [{"data": base64.b64encode(b"E: no such package\n").decode()}]
    (tmp_path / "status").write_text(json.dumps({"vertexes": vertexes, "logs": logs}) + "\n")
    build = made_by(tmp_path, f"cat {tmp_path}/status >&2; exit 1")
    steps, lines = list[str](), list[str]()
    with pytest.raises(CloudnativeError, match="E: no such package"):
        await build.run(steps.append, lines.append)
    assert steps == ["[2/2] RUN apt"]
    assert lines == ["[internal] load", "E: no such package"]


def test_a_killed_command_leaves_no_build_behind(tmp_path: Path) -> None:
    made_by(tmp_path, f"echo $$ > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 60")
    script = (
        "import asyncio, pathlib, sys\nfrom tests.unit.provider.test_buildkit import made_by\n"
        "asyncio.run(made_by(pathlib.Path(sys.argv[1])).run(print, print))"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[3])
    _wait_until((tmp_path / "pid").exists)
    child = int((tmp_path / "pid").read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _wait_until(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)

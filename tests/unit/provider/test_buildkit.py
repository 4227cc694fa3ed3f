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
from tests.unit.provider.building import order, script

from cloudnative_provider.access import Cloud
from cloudnative_provider.buildkit import BuildKit, buildkit
from cloudnative_toolchain.errors import CloudnativeError


def made_by(folder: Path, body: str) -> BuildKit:
    """A builder whose buildctl is a shell script."""
    return BuildKit(script(folder / "buildctl", body), "unix:///b")


async def test_steps_and_output_are_told_apart_and_the_error_has_the_end_of_the_log(
    tmp_path: Path,
) -> None:
    vertexes = [
        {"digest": name, "name": name, "started": "now"} for name in ("[internal] load", "[2/2] RUN apt")
    ]
    logs = [{"data": base64.b64encode(b"E: no such package\n").decode()}]
    (tmp_path / "status").write_text(json.dumps({"vertexes": vertexes, "logs": logs}) + "\n")
    builder = made_by(tmp_path, f"cat {tmp_path}/status >&2; exit 1")
    steps, lines = list[str](), list[str]()
    with pytest.raises(CloudnativeError, match="E: no such package"):
        await builder.build(order(), steps.append, lines.append)
    assert steps == ["[2/2] RUN apt"]
    assert lines == ["[internal] load", "E: no such package"]


async def test_advice_after_the_error_does_not_hide_it(tmp_path: Path) -> None:
    builder = made_by(tmp_path, "printf 'ERROR: no space left\\nView details: x\\n' >&2; exit 1")
    with pytest.raises(CloudnativeError, match="no space left"):
        await builder.build(order(), print, print)


def test_the_command_line_has_every_setting() -> None:
    wanted = order(dockerfile="deploy/web.Dockerfile", target="run", buildArgs={"A": "1"})
    arguments = BuildKit(Path("/b"), "unix:///b").arguments(wanted, Path("/m.json"))
    assert arguments == [
        "/b", "--addr=unix:///b", "build", "--progress=rawjson", "--frontend=dockerfile.v0",
        "--local=context=/", "--local=dockerfile=/deploy", "--metadata-file=/m.json",
        "--output=type=image,name=r/shop/web:0123456789ab,push=true,oci-mediatypes=true,compression=zstd,"
        "compression-level=3,force-compression=true", "--opt=filename=web.Dockerfile",
        "--opt=platform=linux/amd64", "--opt=build-arg:SOURCE_DATE_EPOCH=0", "--opt=build-arg:A=1",
        "--opt=target=run",
    ]  # fmt: skip


def test_a_killed_command_leaves_no_build_behind(tmp_path: Path) -> None:
    made_by(tmp_path, f"echo $$ > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 60")
    program = (
        "import asyncio, pathlib, sys\nfrom cloudnative_provider.buildkit import BuildKit\n"
        "from tests.unit.provider.building import order\n"
        "builder = BuildKit(pathlib.Path(sys.argv[1]) / 'buildctl', 'unix:///b')\n"
        "asyncio.run(builder.build(order(), print, print))"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=Path(__file__).parents[3])
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


def test_without_a_daemon_the_error_names_the_builder_that_needs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BUILDKIT_HOST", raising=False)
    with pytest.raises(CloudnativeError, match="builder `docker` or `acr` needs none"):
        buildkit(Cloud("emulator", "https://127.0.0.1:1"))

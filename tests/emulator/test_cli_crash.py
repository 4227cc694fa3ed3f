"""`kill -9` of command, worker and engine together in the middle of a create; one more `up` converges."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudnative.scaffold import program

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]

COMMAND = str(Path(sys.executable).with_name("cloudnative"))
CONFIG = """config:
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../manifests
"""
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hello, namespace: default}\ndata: {a: b}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "project"
    for name in ("stacks", "manifests"):
        (folder / name).mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(
        "name: crash\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\n"
    )
    (folder / "stacks" / "Pulumi.dev.yaml").write_text(CONFIG)
    (folder / "stacks" / "__main__.py").write_text(program())
    (folder / "manifests" / "object.yaml").write_text(OBJECT)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path / "home"))
    yield folder
    subprocess.run([COMMAND, "emulator", "reset", "--yes"], check=True)


def up() -> Any:
    run = subprocess.run(
        [COMMAND, "up", "dev", "--yes", "--output", "json"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout)


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [d for child in children for d in [int(child), *descendants(int(child))]]


def kill_all_at(words: str) -> None:
    """Start `up`, and kill command, worker and engine when its progress says these words."""
    with subprocess.Popen([COMMAND, "up", "dev", "--yes"], stderr=subprocess.PIPE, text=True) as command:
        assert command.stderr is not None
        seen: list[str] = []
        while not seen or words not in seen[-1]:
            line = command.stderr.readline()
            assert line, f"{words!r} was never said:\n" + "".join(seen)
            seen.append(line)
        time.sleep(0.5)
        for pid in [command.pid, *descendants(command.pid)]:
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("moment", ["creating ManagedCluster", "creating Registry"])
def test_one_more_up_converges_after_everything_was_killed(project: Path, moment: str) -> None:
    subprocess.run([COMMAND, "emulator", "start"], check=True)
    kill_all_at(moment)
    up()
    assert set(up()["changes"]) == {"same"}

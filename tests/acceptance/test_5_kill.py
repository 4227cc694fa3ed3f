"""Line 6: `kill -9` of the command at ten random moments of `up`; one more `up` converges each time."""

import json
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.project import Project

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(1800)]

SEED = int(os.environ.get("CLOUDNATIVE_TEST_SEED") or random.SystemRandom().randrange(1_000_000))


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [d for child in children for d in [int(child), *descendants(int(child))]]


def kill_at(project: Project, seconds: float) -> None:
    """Start `up`, and kill the command and nothing else after so many seconds."""
    process = project.start("up", "dev", "--yes", "--output", "json")
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)


def creations(project: Project) -> Counter[str]:
    """How often each ARM id was created (PUT answered 201), from the emulator's own request log."""
    log = (project.home / "emulator" / "requests.ndjson").read_text().splitlines()
    requests = [json.loads(line) for line in log]
    return Counter(r["path"].lower() for r in requests if r["method"] == "PUT" and r["status"] == 201)


def warm_up(project: Project) -> float:
    """Seconds of an `up` from nothing with warm caches: what the kills are spread over."""
    assert project.run("down", "dev", "--yes").code == 0
    return float(project.up()["seconds"])


def test_up_converges_after_a_kill_at_any_moment(project: Project, first_up: Any) -> None:
    dice, whole = random.Random(SEED), warm_up(project)
    print(f"seed {SEED}: set CLOUDNATIVE_TEST_SEED to repeat")
    for _ in range(10):
        assert project.run("down", "dev", "--yes").code == 0
        (project.home / "emulator" / "requests.ndjson").write_text("")
        moment = dice.uniform(0.3, whole)
        kill_at(project, moment)
        result = project.up()
        twice = {path: n for path, n in creations(project).items() if n > 1}
        assert twice == {}, f"created twice after a kill at {moment:.1f} of {whole:.1f} s, seed {SEED}"
        assert not {"create", "update", "replace", "delete"} & set(project.up()["changes"])
        assert sum(result["changes"].values()) >= first_up["changes"]["create"]

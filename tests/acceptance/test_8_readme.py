"""Every command that README shows is run: by this file, or by the test that it names."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.load import wait_for
from tests.acceptance.project import COMMAND, Project
from tests.acceptance.readme import ROOT, blocks, commands

pytestmark = pytest.mark.emulator

# What ends or needs more than a system that runs has a test of its own; the words are what that test runs.
ELSEWHERE = {
    "make up": ("tests/acceptance/conftest.py", "make_up()"),
    "make test": (".ci/run", "make test"),
    "cloudnative emulator stop": ("tests/acceptance/test_9_down.py", '"emulator", "stop"'),
    "cloudnative emulator reset": ("tests/acceptance/test_9_down.py", '"emulator", "reset"'),
    "cloudnative unlock dev --id ID": ("tests/acceptance/test_8_verbs.py", '"unlock", "dev", "--id"'),
    "sudo cloudnative emulator start": (
        "tests/acceptance/test_a_without_root.py",
        'user.sudo("emulator", "start"',
    ),
    "cloudnative emulator start --backend context --context kind-kind --registry localhost:5001": (
        "tests/emulator/test_clusters_context.py",
        'backend="context"',
    ),
    "cloudnative pipeline init": ("tests/emulator/test_pipeline_run.py", '"pipeline", "init"'),
    "cloudnative pipeline trust dev": ("tests/emulator/test_pipeline_run.py", '"pipeline", "trust"'),
    "cloudnative rollback dev": ("tests/emulator/test_releases.py", '"rollback", "staging"'),
    "cloudnative promote dev prod": ("tests/emulator/test_releases.py", '"promote"'),
    "pulumi up": ("tests/bench/__main__.py", 'BARE_ENGINE), ours[0], "up"'),
}
MAKE = {"make check": "", "make bench": "ARGS=help"}  # of all figures the one that needs no system
OWN = blocks()[1]
COMPOSE = "services:\n  hello:\n    build: .\n    ports: ['8088:8088']\n"
DOCKERFILE = """FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends busybox && rm -rf /var/lib/apt/lists/*
RUN mkdir /www && echo '<html>hello from somebody else</html>' > /www/index.html
USER 10001
EXPOSE 8088
CMD ["sh", "-c", "echo serving /www; exec busybox httpd -f -p 8088 -h /www"]
"""


@dataclass
class Terminal:
    """A shell in which one command after the other is typed."""

    folder: Path
    project: Project

    def type(self, line: str) -> str:
        """What the line prints; a command that follows gets Ctrl-C after its first line."""
        if line.startswith("cd "):
            self.folder /= line.removeprefix("cd ")
            return ""
        with self._start(line) as process:
            assert process.stdout and process.stderr
            followed, first = line.endswith(" -f"), ""
            if followed:
                said = select.select([process.stdout], [], [], 120)[0]
                first = process.stdout.readline() if said else ""
                os.killpg(process.pid, signal.SIGINT)
                assert first, process.stderr.read()
            rest, err = self._end(process)
        assert process.returncode == (130 if followed else 0), rest + err
        return first + rest

    def _end(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        try:
            return process.communicate(timeout=600)
        except BaseException:  # a time limit, this one's or pytest's: nothing of ours is left behind
            os.killpg(process.pid, signal.SIGKILL)
            raise

    def _start(self, line: str) -> subprocess.Popen[str]:
        path = f"{COMMAND.parent}:{os.environ['PATH']}"
        reader = {"PATH": path, "CLOUDNATIVE_YES": "true"}  # nobody is there to answer `down`
        return subprocess.Popen(
            ["bash", "-c", line], cwd=self.folder, env={**self.project.environment, **reader},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip


def make(command: str) -> subprocess.Popen[str]:
    """A target of make, under way, in this environment as it is."""
    line = f"{command} RUNTIME=.venv/pyvenv.cfg DEVELOP=.venv/bin/activate {MAKE[command]}"
    return subprocess.Popen(
        ["bash", "-c", line], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def checking() -> Iterator[subprocess.Popen[str]]:
    """`make check`, which takes a minute of one core, beside everything that waits for a system."""
    with make("make check") as process:
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def terminal(project: Project, first_up: Any) -> Terminal:
    return Terminal(project.folder, project)


@pytest.fixture
def elsewhere(project: Project, first_up: Any) -> Iterator[Terminal]:
    folder = project.folder.parent / "of-a-user"
    (folder / "my-application").mkdir(parents=True)
    (folder / "my-application/compose.yaml").write_text(COMPOSE)
    (folder / "my-application/Dockerfile").write_text(DOCKERFILE)
    yield Terminal(folder, project)
    shutil.rmtree(folder)


def test_the_lines_for_an_application_of_ones_own_work_one_after_the_other(elsewhere: Terminal) -> None:
    for line in OWN:
        printed = elsewhere.type(line)
        if line == "cloudnative up dev":
            wait_for("hello from somebody else", re.findall(r"http://\S+", printed)[0])


GENERAL = [one for one in commands() if one not in {*ELSEWHERE, *MAKE, *OWN}]


@pytest.mark.parametrize("command", GENERAL)
def test_a_command_works_on_a_system_that_runs(terminal: Terminal, command: str) -> None:
    assert terminal.type(command), command


@pytest.mark.parametrize("command", [one for one in commands() if one in ELSEWHERE])
def test_what_is_run_elsewhere_is_there(command: str) -> None:
    file, words = ELSEWHERE[command]
    assert words in (ROOT / file).read_text()


def test_nothing_is_listed_that_is_no_longer_shown() -> None:
    assert {*ELSEWHERE, *MAKE} <= set(commands())


LOOKING = (
    "status dev",
    "preview dev",
    "history dev",
    "drift dev",
    "metrics dev",
    "graph dev",
    "trail dev",
    "kubeconfig dev",
    "logs dev --tail 1",
    "doctor",
    "regions",
    "schema",
    "emulator status",
    "emulator env",
)


@pytest.mark.parametrize("verb", LOOKING)
def test_with_output_json_stdout_is_json_alone(terminal: Terminal, verb: str) -> None:
    out = terminal.type(f"CLOUDNATIVE_OUTPUT=json cloudnative {verb}")
    for line in out.splitlines() if verb.startswith("logs") else [out]:
        json.loads(line)


def test_make_bench_prints_ratios_in_its_last_line() -> None:
    with make("make bench") as process:
        out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out
    assert out.splitlines()[-1].startswith("ratio help=")


def test_make_check_finds_nothing(checking: subprocess.Popen[str]) -> None:
    out, _ = checking.communicate(timeout=600)
    assert checking.returncode == 0, out

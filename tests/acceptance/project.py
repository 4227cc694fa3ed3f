"""A copy of the repository's own stack and sample, driven by the installed command, in a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MADE_OF = ("Makefile", "pyproject.toml", "requirements.lock")
COMMAND = Path(sys.executable).with_name("cloudnative")


@dataclass(frozen=True)
class Run:
    """What one run of the command left: exit code, data (stdout) and progress (stderr)."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Project:
    """A user's checkout: `stacks/`, `samples/` and a state folder that nobody else uses."""

    folder: Path
    home: Path

    @classmethod
    def copy(cls, folder: Path) -> Project:
        for name in ("stacks", "samples"):
            shutil.copytree(ROOT / name, folder / name)
        shutil.copy(ROOT / "Pulumi.yaml", folder)
        return cls(folder, folder.parent / "home")

    @property
    def printed(self) -> Path:
        """A folder with what every run printed, for the search for secrets."""
        return self.folder.parent / "printed"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "CLOUDNATIVE_HOME": str(self.home)}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(COMMAND), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, timeout: float = 600) -> Run:
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:  # a time limit, this one's or pytest's: nothing of ours is left behind
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        self.printed.mkdir(exist_ok=True)
        with (self.printed / f"{process.pid}.txt").open("a") as kept:
            kept.write(out + err)
        return Run(process.returncode, out, err)

    def watch(self, *arguments: str) -> tuple[int, list[tuple[float, Any]]]:
        """The exit code of a run with `--output ndjson`, and its events with the time at which each came."""
        with self.start(*arguments, "--output", "ndjson") as process:
            assert process.stdout
            assert process.stderr
            drain = threading.Thread(target=process.stderr.read, daemon=True)
            drain.start()
            events = [(time.time(), json.loads(line)) for line in process.stdout]
            code = process.wait(timeout=60)
            drain.join()
        return code, events

    def started(self, pod: str, namespace: str = "shipping") -> float:
        """When the pod's container was started for the first time, to the second, rounded down."""
        told = self.kubectl("get", "events", "--namespace", namespace, "--output", "json")
        return min(
            datetime.fromisoformat(event["firstTimestamp"]).timestamp()
            for event in json.loads(told)["items"]
            if event["reason"] == "Started" and event["involvedObject"]["name"] == pod
        )

    def up(self, *arguments: str) -> Any:
        """`up dev` that must succeed; its JSON."""
        run = self.run("up", "dev", "--yes", "--output", "json", *arguments)
        assert run.code == 0, run.out + run.err
        return run.json

    def make_up(self) -> Any:
        """`make up`, in an environment that is as it should be; its JSON."""
        for name in MADE_OF:
            shutil.copy(ROOT / name, self.folder)
        (self.folder / ".venv").symlink_to(sys.prefix)
        environment = {**self.environment, "CLOUDNATIVE_OUTPUT": "json"}
        command = ["make", "up", "RUNTIME=.venv/pyvenv.cfg"]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        for name in (*MADE_OF, ".venv"):
            (self.folder / name).unlink()
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout[done.stdout.index("{") :])

    def kubectl(self, *arguments: str) -> str:
        """kubectl with the kubeconfig that `cloudnative kubeconfig` prints."""
        from cloudnative_toolchain.programs import program

        kubeconfig = self.folder.parent / "kubeconfig"
        kubeconfig.write_text(self.run("kubeconfig", "dev").out)
        kubeconfig.chmod(0o600)
        command = [str(program("kubectl")), "--kubeconfig", str(kubeconfig), *arguments]
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    def pods(self, namespace: str = "shipping") -> dict[str, int]:
        """Name of each pod -> restarts of its containers."""
        items = json.loads(self.kubectl("get", "pods", "--namespace", namespace, "--output", "json"))["items"]
        return {
            pod["metadata"]["name"]: sum(c["restartCount"] for c in pod["status"]["containerStatuses"])
            for pod in items
        }

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace `old`, which must be there, in one file of the project."""
        file = self.folder / path
        text = file.read_text()
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new))


def url(result: Any, service: str) -> str:
    """The address of a public service in the JSON of `up`."""
    endpoints: Sequence[Any] = [e for region in result["regions"] for e in region["endpoints"]]
    return next(e["url"] for e in endpoints if e["service"] == service)

"""One tool being installed: its temporary folder, its processes, its voice."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cloudnative_toolchain.catalog import Tool
from cloudnative_toolchain.progress import Tally

TICK_SECONDS = 5.0
KEPT_LINES = 15


class UnavailableError(Exception):
    """This source cannot give the tool here; the next one is tried. Its text says why, for the user."""


class StoppedError(Exception):
    """Another tool failed or the user interrupted: give up quietly."""


@dataclass
class Found:
    """What a source gave. Places are absolute, or relative to the job's folder."""

    version: str
    programs: dict[str, str]
    data: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class Job:
    """`folder` becomes the tool's own when all went well; `stop` is shared by all jobs of a run."""

    tool: Tool
    folder: Path
    tally: Tally
    stop: threading.Event
    unreachable: dict[str, str]
    having: Callable[[Tool], Path]  # the main program of another tool, installed now where it is missing

    def say(self, step: str) -> None:
        """Tells the caller what happens to this tool."""
        self.tally.say(self.tool.name, step)

    def check(self) -> None:
        """Gives up when the run is over."""
        if self.stop.is_set():
            raise StoppedError(self.tool.name)

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        doing: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        counting: str = "",
    ) -> str:
        """Runs a program to its end and returns what it printed; says every few seconds that it still runs.

        `counting` names what one line of its output stands for. A failure is UnavailableError.
        """
        lines: list[str] = []
        for said in self._lines(argv, env, cwd):
            if said is None:
                self.say(f"{doing}, {len(lines)} {counting}" if counting else doing)
            else:
                lines.append(said)
        return "\n".join(lines)

    def _lines(self, argv: Sequence[str | Path], env: Mapping[str, str] | None, cwd: Path | None):
        process = subprocess.Popen(
            [str(part) for part in argv],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        last: list[str] = []
        try:
            for said in self._watch(process):
                if said is not None:
                    last = [*last[1 - KEPT_LINES :], said]
                yield said
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        if process.returncode:
            raise UnavailableError(
                f"{Path(str(argv[0])).name} ended with {process.returncode}: " + "\n".join(last)
            )

    def _watch(self, process: subprocess.Popen[str]):
        said: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_drain, args=(process, said), daemon=True).start()
        told = time.monotonic()
        while True:
            self.check()
            try:
                line = said.get(timeout=0.2)
                if line is None:
                    process.wait()
                    return
                yield line
            except queue.Empty:
                pass
            if time.monotonic() - told >= TICK_SECONDS:
                told = time.monotonic()
                yield None


def _drain(process: subprocess.Popen[str], said: queue.Queue[str | None]) -> None:
    assert process.stdout is not None  # noqa: S101 - asked for above
    with process.stdout as output:
        for line in output:
            said.put(line.rstrip("\n"))
    said.put(None)

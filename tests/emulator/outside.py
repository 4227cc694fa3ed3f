"""Somebody else's machine, as far as one can have it here: our wheel in a virtual environment of its own.

Nothing of this repository is on its path; the plugin is found by name on PATH, as plain `pulumi up` finds it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.acceptance import bare_engine

from cloudnative_toolchain.programs import program

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outside:
    """A virtual environment with our wheel."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    @property
    def command(self) -> Path:
        return self.folder / "bin/cloudnative"

    @classmethod
    def make(cls, folder: Path) -> Outside:
        """Built from this checkout, installed as a file; dependencies are those that `make` pinned."""
        wheels = folder.parent / "wheels"
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        _run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT))
        _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
        made = cls(folder)
        into = [*pip, "--python", str(made.python), "install"]
        (wheel,) = wheels.glob("*.whl")
        _run(*into, "--no-deps", str(wheel))
        made._link_dependencies()
        return made

    def _link_dependencies(self) -> None:
        """Others' packages from where `make` put them; editable ones there are not followed from here."""
        (own,) = (self.folder / "lib").glob("python*/site-packages")
        (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")


@dataclass(frozen=True)
class Run:
    """How one run of the engine ended, and all that it printed."""

    code: int
    text: str


@dataclass(frozen=True)
class Stack:
    """The stack `dev` of a program in some folder; `settings` are what its user exports."""

    outside: Outside
    folder: Path
    settings: tuple[str, ...] = ()

    def pulumi(self, *arguments: str) -> str:
        """An engine command that runs no program."""
        environment = {**os.environ, **_environment(self.outside.command, self.folder)}
        command = [str(program("pulumi")), *arguments, "--non-interactive"]
        return _run(*command, cwd=self.folder, env=environment)

    def outputs(self) -> Any:
        """What the program exported."""
        return json.loads(self.pulumi("stack", "output", "--json", "--stack", "dev"))

    def start(self, operation: str) -> subprocess.Popen[str]:
        """`up`, `preview` or `destroy`, under way."""
        engine = Path(bare_engine.__file__)
        command = [
            self.outside.python,
            engine,
            self.outside.command,
            operation,
            "__main__.py",
            *self.settings,
        ]
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=self.folder, env=own_python(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, operation: str) -> Run:
        """The same, to its end."""
        return ended(self.start(operation))


def own_python() -> dict[str, str]:
    """The environment without what would bring other packages in."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@cache
def _environment(command: Path, folder: Path) -> dict[str, str]:
    return bare_engine.environment(str(command), folder)


def ended(process: subprocess.Popen[str]) -> Run:
    """What a process that was started printed until its end."""
    text, _ = process.communicate(timeout=240)
    return Run(process.returncode, text)


def _run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

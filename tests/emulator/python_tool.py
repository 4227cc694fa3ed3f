"""A Python program in an environment of its own in the user's cache: its dependencies never meet ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from cloudnative_toolchain import folders
from cloudnative_toolchain.locks import locked

LOCKS = Path(__file__).parents[1]


def python_tool(name: str, program: str = "") -> Path:
    """The program of a PyPI package, installed on first use from the hashes of `tests/NAME.lock`.

    Its folder is the lock's: another lock, another folder.
    """
    lock = LOCKS / f"{name}.lock"
    target = folders.cache() / "tests" / name / sha256(lock.read_bytes()).hexdigest()[:12]
    whole = target / ".whole"  # not made elsewhere and moved: the first line of its scripts names the folder
    if not whole.is_file():
        with locked(target.with_name(f".{target.name}.lock"), _waiting):
            if not whole.is_file():
                shutil.rmtree(target, ignore_errors=True)
                _install(target, lock)
                whole.touch()
    return target / "bin" / (program or name)


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Its answer, whatever its exit code."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [str(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=plain)


def _install(target: Path, lock: Path) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(target)], check=True)
    how = ["--quiet", "--require-hashes", "--link-mode=copy", "--no-cache"]
    into = ["--python", str(target / "bin/python"), "--requirements", str(lock)]
    subprocess.run([uv, "pip", "install", *how, *into], check=True)


def _waiting() -> None:
    """Another test run installs it."""

"""A Python program in an environment of its own in the user's cache: its dependencies never meet ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from cloudnative_toolchain import folders
from cloudnative_toolchain.locks import locked


def python_tool(name: str, version: str) -> Path:
    """The program of a PyPI package of the same name, installed on first use."""
    target = folders.cache() / "tests" / name / version
    program = target / "bin" / name
    with locked(target.with_name(f".{version}.lock"), _waiting):
        if not program.is_file():
            shutil.rmtree(target, ignore_errors=True)  # cut short; a finished one cannot be moved
            _install(target, f"{name}=={version}")
    return program


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Its answer, whatever its exit code."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [str(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=plain)


def _install(target: Path, requirement: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(target)], check=True)
    pip = [str(target / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-compile", requirement], check=True)


def _waiting() -> None:
    """Another test run installs it."""

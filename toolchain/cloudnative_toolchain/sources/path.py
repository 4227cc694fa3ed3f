"""Programs that the machine already has, in a version that fits. Nothing is copied."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from cloudnative_toolchain.catalog import Source, Tool, number
from cloudnative_toolchain.job import Found, Job, UnavailableError

# Where root's programs lie; they are missing from an ordinary user's PATH.
ALSO = ["/usr/local/sbin", "/usr/sbin", "/sbin"]


def fetch(job: Job, _source: Source) -> Found:
    """Every program of the tool from PATH."""
    return find(job.tool)


def find(tool: Tool) -> Found:
    """Every program of a tool from PATH, each in a version that fits; UnavailableError says what is wrong."""
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), *ALSO])
    programs: dict[str, str] = {}
    version = ""
    for name in tool.programs:
        there = shutil.which(name, path=folders)
        if there is None:
            raise UnavailableError(f"{name} is not on PATH")
        version = read_version(tool, name, Path(there))
        if not tool.accepts(version):
            raise UnavailableError(f"{there} is {version or 'of unknown version'}, wanted {tool.fits}")
        programs[name] = str(Path(there).absolute())
    return Found(version=version, programs=programs)


def check_start(tool: Tool, name: str, file: Path) -> None:
    """UnavailableError when a program does not start, such as for want of a library or of its interpreter."""
    version = read_version(tool, name, file)
    silent = tool.version_arguments.get(name) == []
    if not version and not silent:
        raise UnavailableError(f"{name} was installed and does not start, or does not say its version")


def read_version(tool: Tool, name: str, file: Path) -> str:
    """What a program says its version is; empty when it does not say."""
    arguments = tool.version_arguments.get(name, ["--version"])
    try:
        said = subprocess.run(
            [file, *arguments], capture_output=True, text=True, errors="replace", timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise UnavailableError(f"{file} does not say its version: {problem}") from problem
    return number(said.stdout + said.stderr)

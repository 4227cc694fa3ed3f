"""Having one tool installed: the first source that works, into a temporary folder, renamed when whole."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from cloudnative_toolchain.catalog import Source, Tool
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.job import Found, Job, UnavailableError
from cloudnative_toolchain.locks import locked
from cloudnative_toolchain.progress import Tally
from cloudnative_toolchain.records import Installed, lookup, root
from cloudnative_toolchain.sources import debian, gomodule, path, pypi, release

TEMPORARY = ".new"
KINDS: Mapping[str, Callable[[Job, Source], Found]] = {
    "path": path.fetch,
    "release": release.fetch,
    "debian": debian.fetch,
    "go": gomodule.fetch,
    "pypi": pypi.fetch,
}


def install(tool: Tool, tally: Tally, stop: threading.Event, unreachable: dict[str, str]) -> Installed:
    """The tool's record, after installing it if nobody else did meanwhile."""
    home = root() / tool.name
    home.mkdir(parents=True, exist_ok=True)
    lock = root() / ".locks" / f"{tool.name}.lock"
    with locked(lock, waiting=lambda: tally.say(tool.name, "waiting: it is being installed already")):
        if there := lookup(tool):
            return there[1]
        _clear(home)  # under the lock, so whatever is there was left by a run that died
        job = Job(tool, home / TEMPORARY, tally, stop, unreachable, _having(tally, stop, unreachable))
        try:
            return _first_that_works(job)
        finally:
            _clear(home)


def _having(tally: Tally, stop: threading.Event, unreachable: dict[str, str]) -> Callable[[Tool], Path]:
    """What a source calls that needs another tool: given to it, because sources do not know who installs."""

    def program(tool: Tool) -> Path:
        install(tool, tally, stop, unreachable)
        if there := lookup(tool):
            return there[0] / there[1].programs[tool.name]
        raise UnavailableError(f"{tool.name} was removed right after it was installed")

    return program


def _first_that_works(job: Job) -> Installed:
    reasons: list[str] = []
    for source in job.tool.sources:
        job.check()
        job.folder.mkdir()
        try:
            return _keep(job, source.kind, KINDS[source.kind](job, source))
        except UnavailableError as reason:
            reasons.append(f"{source.kind}: {reason}")
            shutil.rmtree(job.folder)
    raise CloudnativeError(
        code="toolchain.unavailable",
        what=f"{job.tool.name} {job.tool.version} could not be had from any source",
        why="; ".join(reasons),
        fix="env | grep -i proxy  # is the network right? Then: cloudnative doctor --fix",
    )


def _keep(job: Job, kind: str, found: Found) -> Installed:
    """Tries the programs, writes the record and makes the folder appear under its version, all at once."""
    for name, place in found.programs.items():
        path.check_start(job.tool, name, job.folder / place)
    sizes = {name: (job.folder / place).stat().st_size for name, place in found.programs.items()}
    record = Installed(job.tool.name, found.version, kind, job.tool.pin, found.programs, sizes, found.data)
    record.write(job.folder)
    _flush(job.folder)
    place = job.folder.parent / (f"{found.version}-from-path" if kind == "path" else found.version)
    if place.exists():
        place.rename(job.folder.parent / ".old")
    job.folder.rename(place)
    _flush_folder(place.parent)
    return record


def _clear(home: Path) -> None:
    for name in (TEMPORARY, ".old"):
        if (home / name).exists():
            shutil.rmtree(home / name)


def _flush(folder: Path) -> None:
    """To the disk with it, so that a power cut cannot leave a whole record over half a program."""
    for here, _, files in os.walk(folder):
        for name in files:
            file = Path(here) / name
            if file.is_file() and not file.is_symlink():
                with file.open("rb") as handle:
                    os.fsync(handle.fileno())
        _flush_folder(Path(here))


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

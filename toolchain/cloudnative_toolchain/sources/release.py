"""The project's own release: downloaded, checked against the checksum it publishes, unpacked."""

from __future__ import annotations

import platform
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from cloudnative_toolchain.catalog import Source
from cloudnative_toolchain.download import Download, text
from cloudnative_toolchain.job import Found, Job, UnavailableError
from cloudnative_toolchain.records import root

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
ARCHIVES = (".tar.gz", ".tgz")


def fetch(job: Job, source: Source) -> Found:
    """All programs of the tool, from one archive or a file each."""
    (job.folder / "bin").mkdir(parents=True)
    if "{program}" in source.url:
        for name in job.tool.programs:
            _one(job, source, name)
    else:
        _one(job, source, job.tool.programs[0])
    return Found(version=source.version, programs={name: f"bin/{name}" for name in job.tool.programs})


def machine() -> str:
    """This machine's processor in Go's words."""
    name = platform.machine()
    return ARCHITECTURES.get(name, name)


def _one(job: Job, source: Source, name: str) -> None:
    url = _fill(source.url, source, name)
    filename = PurePosixPath(url).name
    published = text(job, _fill(source.checksums, source, name))
    download = Download(url, _checksum(published, filename), root() / ".downloads")
    file = download.fetch(job)
    if filename.endswith(ARCHIVES):
        _unpack(file, job)
    else:
        shutil.copyfile(file, job.folder / "bin" / name)
    for program in (job.folder / "bin").iterdir():
        program.chmod(0o755)
    file.unlink()


def _fill(template: str, source: Source, name: str) -> str:
    arch = source.arch.get(machine(), machine())
    return template.format(version=source.version, arch=arch, program=name)


def _checksum(published: str, filename: str) -> str:
    """The sum of one file in a list of sums, or the only sum in a file that names none."""
    rows = [line.split() for line in published.splitlines() if line.strip()]
    for row in rows:
        if len(row) == 2 and PurePosixPath(row[1].lstrip("*")).name == filename:
            return row[0].lower()
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0].lower()
    raise UnavailableError(f"the published checksums do not name {filename}")


def _unpack(file: Path, job: Job) -> None:
    """Takes the programs out of an archive, wherever in it they lie; nothing else is written."""
    wanted = set(job.tool.programs)
    with tarfile.open(file) as archive:
        for member in archive:
            name = PurePosixPath(member.name).name
            content = archive.extractfile(member) if member.isfile() and name in wanted else None
            if content is not None:
                with content, (job.folder / "bin" / name).open("wb") as target:
                    shutil.copyfileobj(content, target)
                wanted.discard(name)
    if wanted:
        raise UnavailableError(f"{file.name} does not hold {', '.join(sorted(wanted))}")

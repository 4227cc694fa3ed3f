"""The distribution's package, downloaded and unpacked privately: nothing of the system changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from cloudnative_toolchain.catalog import Source, number
from cloudnative_toolchain.job import Found, Job, UnavailableError
from cloudnative_toolchain.locks import locked
from cloudnative_toolchain.records import root

PROGRAM_FOLDERS = ["usr/bin", "usr/sbin", "bin", "sbin", "usr/lib/cni", "usr/libexec"]
FRESH_SECONDS = 24 * 3600
# Hooks of the system (Docker's images delete archives in one) must not run for our private folders.
HOOKS = [
    "APT::Update::Pre-Invoke",
    "APT::Update::Post-Invoke",
    "APT::Update::Post-Invoke-Success",
    "DPkg::Post-Invoke",
]
SETTINGS = """
Dir::State "{apt}/state/";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "{apt}/cache/";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Debug::NoLocking "true";
APT::Sandbox::User "{user}";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
"""


def fetch(job: Job, source: Source) -> Found:
    """The tool's programs with the libraries that the system lacks; each starts by its path alone."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise UnavailableError("this is not a Debian or Ubuntu system")
    archives = _download(job, source)
    tree = job.folder / "root"
    for archive in archives:
        job.run(["dpkg-deb", "--extract", archive, tree], doing="unpacking")
    version = _version(job, archives, source.packages[0])
    if not job.tool.accepts(version):
        raise UnavailableError(f"the distribution has {version}, wanted {job.tool.fits}")
    shutil.rmtree(job.folder / "debs")
    return Found(version=version, programs={name: _place(job, source, name) for name in job.tool.programs})


def _download(job: Job, source: Source) -> list[Path]:
    """The packages and what they need beyond what the system has; just the packages where apt cannot tell."""
    debs = job.folder / "debs"
    (debs / "partial").mkdir(parents=True)
    with locked(root() / ".locks" / "apt.lock", waiting=lambda: job.say("waiting for another use of apt")):
        config = _lists(job)
        apt = ["apt-get", "-c", config, "-o", f"Dir::Cache::archives={debs}/"]
        try:
            job.run(
                [*apt, "install", "--yes", "--download-only", "--reinstall", *source.packages],
                doing="downloading packages",
            )
        except UnavailableError:
            job.run([*apt, "download", *source.packages], cwd=debs, doing="downloading packages")
    return sorted(debs.glob("*.deb"))


def _lists(job: Job) -> Path:
    """Our own apt configuration, with package lists of today."""
    apt = root() / ".apt"
    (apt / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
    config, updated = apt / "apt.conf", apt / "state/updated"
    clearing = "".join(f"#clear {hook};\n" for hook in HOOKS)
    user = "root" if os.geteuid() == 0 else ""
    config.write_text(clearing + SETTINGS.format(apt=apt, user=user))
    if not updated.exists() or time.time() - updated.stat().st_mtime > FRESH_SECONDS:
        _update(job, config, apt)
    return config


def _update(job: Job, config: Path, apt: Path) -> None:
    """Fresh lists, in a folder that an apt-get left over from a killed run does not know.

    Somebody's broken third-party archive does not matter where others gave lists; the next run asks again.
    """
    for rest in apt.glob("state*"):
        shutil.rmtree(rest, ignore_errors=True)
    fresh = apt / f"state-{os.getpid()}"
    (fresh / "lists/partial").mkdir(parents=True)
    update = ["apt-get", "-c", config, "-o", f"Dir::State={fresh}/", "update"]
    try:
        job.run(update, doing="reading the distribution's package lists")
        (fresh / "updated").touch()
    except UnavailableError:
        if not any((fresh / "lists").glob("*Packages*")):
            raise
    fresh.rename(apt / "state")


def _version(job: Job, archives: list[Path], package: str) -> str:
    main = next(archive for archive in archives if archive.name.split("_")[0] == package)
    return number(
        job.run(["dpkg-deb", "--field", main, "Version"], doing="reading its version").split(":")[-1]
    )


def _place(job: Job, source: Source, name: str) -> str:
    """The path of a program that just works: the file itself, or a small script that finds its libraries."""
    tree, wanted = job.folder / "root", source.rename.get(name, name)
    there = next(
        (tree / folder / wanted for folder in PROGRAM_FOLDERS if (tree / folder / wanted).exists()), None
    )
    if there is None:
        raise UnavailableError(f"the packages {', '.join(source.packages)} hold no {wanted}")
    (job.folder / "bin").mkdir(exist_ok=True)
    link = job.folder / "bin" / name
    target = os.path.relpath(there, link.parent)
    variables = _variables(there, tree)
    if variables:
        link.write_text(_script(target, variables))
        link.chmod(0o755)
    else:
        link.symlink_to(target)
    return f"bin/{name}"


def _variables(program: Path, tree: Path) -> dict[str, list[str]]:
    """Which search paths a program needs, relative to the tree; none when the system has all it needs."""
    if "not found" in _libraries(program):
        return {"LD_LIBRARY_PATH": [str(folder.relative_to(tree)) for folder in _library_folders(tree)]}
    if program.read_bytes()[:64].startswith(b"#!/usr/bin/perl"):
        folders = sorted(
            {*tree.glob("usr/share/perl*"), *tree.glob("usr/lib/*/perl*/5*"), *tree.glob("usr/share/perl/5*")}
        )
        return {"PERL5LIB": [str(folder.relative_to(tree)) for folder in folders]} if folders else {}
    return {}


def _libraries(program: Path) -> str:
    """What the dynamic linker says about a program; empty for scripts and static programs."""
    loader = shutil.which("ldd")
    if loader is None:
        return ""
    return subprocess.run([loader, program], capture_output=True, text=True, check=False).stdout


def _library_folders(tree: Path) -> Iterator[Path]:
    libraries = [file for file in tree.rglob("*.so*") if not file.is_dir()]
    yield from sorted({file.parent for file in libraries if "/lib/" in str(file)})


def _script(target: str, variables: dict[str, list[str]]) -> str:
    """Finds itself by its own path, so that the tool's folder may be renamed into place."""
    exports = [
        f'export {name}="{":".join(f"$tree/{folder}" for folder in folders)}${{{name}:+:${name}}}"'
        for name, folders in variables.items()
    ]
    find = ['here=$(dirname "$(readlink -f "$0")")', 'tree="$here/../root"']
    return "\n".join(["#!/bin/sh", *find, *exports, f'exec "$here/{target}" "$@"', ""])

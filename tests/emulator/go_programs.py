"""Programs that only tests use, each from its Go module: built once, on demand, into the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from cloudnative_toolchain import folders
from cloudnative_toolchain.locks import locked
from cloudnative_toolchain.programs import program

PROGRAMS = {
    "act": ("github.com/nektos/act", "v0.2.89"),
    "actionlint": ("github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12"),
}


def go_program(name: str) -> Path:
    """Its path; the first call on a machine builds it (a minute for act, seconds for actionlint)."""
    package, version = PROGRAMS[name]
    folder = folders.cache() / "tests" / name / version
    if not (folder / name).exists():
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "lock", lambda: None):
            if not (folder / name).exists():
                _build(f"{package}@{version}", folder / name)
    return folder / name


def _build(package: str, target: Path) -> None:
    """Beside its place and then moved there: a build that is interrupted leaves nothing that looks done."""
    go = shutil.which("go") or str(program("go"))
    beside = target.with_name("bin")
    environment = {**os.environ, "GOBIN": str(beside), "CGO_ENABLED": "0", "GOFLAGS": ""}
    subprocess.run([go, "install", "-ldflags=-s -w", package], env=environment, check=True)
    (beside / target.name).replace(target)

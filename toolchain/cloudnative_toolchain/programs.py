"""Outside programs: where each one is, and having it installed privately when it is not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import CloudnativeError

Progress = Callable[[str], None]


def program(name: str) -> Path:
    """The absolute path of an outside program; `toolchain.missing` when this machine does not have it."""
    if found := shutil.which(name):
        return Path(found).absolute()
    for candidate in sorted((folders.cache() / "toolchain").glob(f"*/*/bin/{name}"), reverse=True):
        if os.access(candidate, os.X_OK):
            return candidate
    raise CloudnativeError(
        code="toolchain.missing",
        what=f"the program {name} is not here",
        why=f"neither on PATH nor under {folders.cache() / 'toolchain'}",
        fix="cloudnative doctor --fix",
    )


def ensure(names: Iterable[str], progress: Progress) -> None:
    """Every named program is there when this returns."""
    for name in names:
        progress(f"{name}: {program(name)}")

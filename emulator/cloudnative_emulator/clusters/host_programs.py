"""Programs of the host itself, that the toolchain does not bring: iproute2 and util-linux."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from cloudnative_toolchain.errors import CloudnativeError

_SYSTEM = (
    "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"  # sudo and su may leave them off PATH
)
_PACKAGES = {"ip": "iproute2", "unshare": "util-linux", "mount": "mount"}


def host_program(name: str) -> Path:
    """The absolute path of `name`; emulator.host-program when this host does not have it."""
    if found := shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_SYSTEM}"):
        return Path(found).absolute()
    raise CloudnativeError(
        code="emulator.host-program",
        what=f"the program {name} is not here",
        why="real nodes need it",
        fix=f"sudo apt-get install {_PACKAGES.get(name, name)}  # or as your distribution installs packages",
    )

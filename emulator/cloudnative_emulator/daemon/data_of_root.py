"""Data that a daemon of root's has left: one without root can neither read nor go on with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudnative_toolchain.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_DATA = ("registries/*/data", "clusters/*/etcd/member", "clusters/*/logs/*")


def refuse_data_of_root(folder: Path) -> None:
    """ConfigError where the emulator's `folder` has clusters or registries that only root can bring back."""
    if os.geteuid() == 0:
        return
    found = (path for pattern in _DATA for path in folder.glob(pattern) if path.stat().st_uid == 0)
    if (path := next(found, None)) is not None:
        raise ConfigError(
            code="emulator.data-of-root",
            what="the emulator's clusters and registries here were made by root",
            why=f"{path} belongs to root, so only an emulator that root starts brings them back",
            fix="sudo --preserve-env=CLOUDNATIVE_HOME $(command -v cloudnative) emulator start",
        )

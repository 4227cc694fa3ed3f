"""Files that are written anew at every boot: private, but without the fsync that files to keep need.

A boot writes about seventy; with a sync each, that is a good part of a second.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudnative_emulator.identity.private_files import make_private_folder

if TYPE_CHECKING:
    from pathlib import Path


def write_config(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace `path` in one step: kubelet may be reading it."""
    make_private_folder(path.parent)
    draft = path.with_name(f".{path.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
    draft.replace(path)

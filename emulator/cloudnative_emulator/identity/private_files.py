"""Files that survive kill -9 whole and that only the owner of the home can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_private(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace `path` in one step; it belongs to the owner of the folder it lies in, also when root writes."""
    make_private_folder(path.parent)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            give_to_owner(Path(draft))
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def make_private_folder(path: Path) -> None:
    """Make the folder and its missing parents, 0700, owned like the first parent that exists."""
    if path.is_dir():
        return
    make_private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    give_to_owner(path)


def give_to_owner(path: Path) -> None:
    """Give `path` to the owner of its folder; only root can, and only root needs to."""
    if os.geteuid() == 0:
        parent = path.parent.stat()
        os.chown(path, parent.st_uid, parent.st_gid, follow_symlinks=False)

"""Paths of Unix sockets: the kernel takes 107 bytes, homes can be longer."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from cloudnative_emulator.identity.private_files import make_private_folder
from cloudnative_toolchain.errors import CloudnativeError

_LONGEST = 100


def socket_path(home: Path, name: str) -> Path:
    """`name` in the home's emulator folder, or in a private folder of the system named after the home."""
    path = home / "emulator" / name
    if len(os.fsencode(path)) <= _LONGEST:
        return path
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"cloudnative-{owner(home)}-{mark}" / name


def make_socket_folder(home: Path, socket: Path) -> None:
    """Make the folder of a socket, 0700, for the owner of the home; refuse one that somebody else made."""
    folder = socket.parent
    if folder == home / "emulator":
        make_private_folder(folder)
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), owner(home)):
        raise CloudnativeError(
            code="emulator.foreign-folder",
            what=f"{folder} belongs to somebody else",
            fix=f"sudo rm -r {folder}",
        )
    folder.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder, owner(home), -1)


def owner(home: Path) -> int:
    """The uid that the home belongs to: of its first parent that exists, before there is a home."""
    while not home.exists():
        home = home.parent
    return home.stat().st_uid

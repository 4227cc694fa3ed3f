"""Under sudo: whose folders are meant, and that they stay theirs."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


def home_folder(environment: Mapping[str, str]) -> Path:
    """The home folder of whoever runs us; under sudo of who called it: both mean the same files."""
    caller = environment.get("SUDO_UID", "")
    if os.geteuid() == 0 and caller.isdigit() and int(caller) != 0:
        import pwd  # noqa: PLC0415 - Unix only, and only needed here

        with suppress(KeyError):
            return Path(pwd.getpwuid(int(caller)).pw_dir)
    return Path.home()


@contextmanager
def stays_its_owners(folder: Path, *, leaving: str = "") -> Generator[None]:
    """What root makes in `folder` belongs, when this ends, to the owner of its first parent that exists.

    What lies in its subfolder `leaving` is left as it is: files of containers belong to root for a reason.
    """
    if os.geteuid() != 0:
        yield
        return
    top = folder
    while not top.exists() and not top.parent.exists():
        top = top.parent
    owner = (top if top.exists() else top.parent).stat()
    try:
        yield
    finally:
        if owner.st_uid != 0:
            _give(top, owner, folder / leaving if leaving else None)


def _give(top: Path, owner: os.stat_result, leaving: Path | None) -> None:
    for here, folders, files in os.walk(top):
        folders[:] = [name for name in folders if Path(here, name) != leaving]
        for name in ("", *folders, *files):
            path = Path(here, name)
            with suppress(FileNotFoundError):  # somebody tidies up
                if path.lstat().st_uid == 0:
                    os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)

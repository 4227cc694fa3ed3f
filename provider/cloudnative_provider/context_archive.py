"""A build context as one archive, for a builder that is not on this machine."""

from __future__ import annotations

import tarfile
from pathlib import Path

from .image_inputs import context_entries, ignored


def write_archive(target: Path, context: Path, dockerfile: str, name: str) -> None:
    """What the ignore rules leave of the context, and the Dockerfile as `name`, ignored or not."""
    with tarfile.open(target, "w:gz", compresslevel=6) as archive:
        for file, path in context_entries(context, ignored(context, dockerfile)):
            archive.add(file, path, recursive=False, filter=_of_nobody)
        archive.add(context / dockerfile, name, recursive=False, filter=_of_nobody)


def _of_nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Neither who built nor when reaches the image; what is no file, link or folder cannot be sent."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry if entry.isfile() or entry.issym() or entry.islnk() or entry.isdir() else None

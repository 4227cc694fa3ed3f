"""Everything that an image is made of, as one hash: same hash, nothing to build."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .dockerignore import Ignored
from .objects import canonical

_SETTINGS = ("target", "buildArgs", "platform", "builder")


def inputs_hash(inputs: Mapping[str, Any]) -> str:
    """Hash of the Dockerfile, the context after its ignore file, and the settings; of no path or time."""
    context = Path(inputs["context"])
    dockerfile = context / inputs["dockerfile"]
    total = hashlib.sha256()
    settings = {name: inputs.get(name) for name in _SETTINGS if inputs.get(name)}
    total.update(canonical(settings).encode())
    total.update(_content(dockerfile))
    for line in context_lines(context, ignored(context, inputs["dockerfile"])):
        total.update(line.encode(errors="surrogateescape"))
    return total.hexdigest()


def ignored(context: Path, dockerfile: str) -> Ignored:
    """The rules that count: those beside the Dockerfile, else those of the context."""
    for path in (context / f"{dockerfile}.dockerignore", context / ".dockerignore"):
        if path.is_file():
            return Ignored(path.read_text().removeprefix("\ufeff").splitlines())
    return Ignored([])


def context_lines(context: Path, rules: Ignored) -> Iterator[str]:
    """One line per entry of the context in a fixed order: path, type, executable or not, content."""
    for file, path in context_entries(context, rules):
        yield _line(file, path)


def context_entries(context: Path, rules: Ignored) -> Iterator[tuple[Path, str]]:
    """Every file, link and folder of the context with its path inside it, in a fixed order."""
    for folder, names, files in os.walk(context):
        place = Path(folder)
        names.sort()
        kept: list[str] = []
        for name in names:
            path = (place / name).relative_to(context).as_posix()
            out = rules(path)
            if not out:
                yield place / name, path
            if not (place / name).is_symlink() and (not out or rules.takes_back):
                kept.append(name)
        names[:] = kept
        for name in sorted(files):
            path = (place / name).relative_to(context).as_posix()
            if not rules(path):
                yield place / name, path


def _line(file: Path, path: str) -> str:
    mode = file.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"{path}\0link\0{file.readlink()}\n"
    if stat.S_ISDIR(mode):
        return f"{path}\0dir\n"
    if not stat.S_ISREG(mode):
        return f"{path}\0other\n"
    executable = "x" if mode & stat.S_IXUSR else "-"
    return f"{path}\0{executable}\0{_content(file).hex()}\n"


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()

"""Whether overlay file systems work in a folder; they do not on another overlay, nor in some containers."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

from cloudnative_emulator.clusters.host_programs import host_program


@functools.cache
def works_in(folder: Path) -> bool:
    """Try one in mounts of its own."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".overlay-") as root:
        parts = {name: Path(root, name) for name in ("lower", "upper", "work", "merged")}
        for part in parts.values():
            part.mkdir()
        options = f"lowerdir={parts['lower']},upperdir={parts['upper']},workdir={parts['work']}"
        mount = ["mount", "-t", "overlay", "-o", options, "overlay", str(parts["merged"])]
        asked = [str(host_program("unshare")), "--mount", "--", *mount]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

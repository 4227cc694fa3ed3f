"""Debian's Chromium for the browser tests: the installed one, else its packages unpacked privately."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from cloudnative_toolchain.catalog import Source, Tool
from cloudnative_toolchain.folders import cache
from cloudnative_toolchain.install import install
from cloudnative_toolchain.progress import Tally
from cloudnative_toolchain.records import lookup

# Not in versions.toml: users have browsers of their own, only our tests need this one.
CHROMIUM = Tool(
    name="chromium",
    version="120.0",
    fits=">=100",
    programs=("chromium",),
    sources=(
        Source(kind="path"),
        # Debian's start script looks in /usr/lib, so the program behind it is taken.
        Source(
            kind="debian",
            packages=("chromium", "fonts-dejavu-core"),
            rename={"chromium": "../lib/chromium/chromium"},
        ),
    ),
    version_arguments={"chromium": ["--version"]},
)

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{private}</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern"><edit name="family" mode="append_last"><string>DejaVu Sans</string></edit></match>
</fontconfig>
"""


def chromium() -> Path:
    """The program, after installing it privately (about 150 MB) when it is nowhere yet."""
    found = lookup(CHROMIUM)
    if found is None:
        install(CHROMIUM, Tally(print, total=1), threading.Event(), {})
        found = lookup(CHROMIUM)
    assert found is not None
    folder, record = found
    return folder / record.programs["chromium"]


def surroundings(program: Path, profile: Path) -> dict[str, str]:
    """The variables Chromium runs with: fonts wherever it runs, files only in its profile."""
    fonts = profile / "fonts.conf"
    private = program.parent.parent / "root/usr/share/fonts"
    fonts.write_text(FONTS.format(private=private, cache=cache() / "fontconfig"))
    own = {"HOME": str(profile), "XDG_RUNTIME_DIR": str(profile), "FONTCONFIG_FILE": str(fonts)}
    return {**os.environ, **own}

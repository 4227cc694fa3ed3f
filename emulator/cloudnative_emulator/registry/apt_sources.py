"""The host's own Debian sources, so that `apt-get install` works inside a base image made here."""

from __future__ import annotations

import re
from pathlib import Path

SUITE = "bookworm"
_DEBIAN_KEYS = (
    "",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)


def host_sources(root: Path = Path("/")) -> list[str]:
    """deb822 stanzas and one-line entries of the host that serve the suite; empty where it is no such Debian.

    Third-party entries are left out: their keys do not exist in the image.
    """
    apt = root / "etc/apt"
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    found: list[str] = []
    for file in files:
        if file.suffix == ".sources" and file.is_file():
            found += [text for text in _stanzas(file.read_text()) if _is_debian(text)]
        elif file.suffix == ".list" and file.is_file():
            found += [line for line in file.read_text().splitlines() if _is_debian_line(line)]
    return found


def _stanzas(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [part.strip() for part in re.split(r"\n\s*\n", "\n".join(lines)) if part.strip()]


def _is_debian(stanza: str) -> bool:
    fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.MULTILINE))
    suites = fields.get("Suites", "").split()
    right = bool(suites) and all(suite.split("-")[0] == SUITE for suite in suites)
    signed = fields.get("Signed-By", "").strip() in _DEBIAN_KEYS
    return (
        right and signed and "main" in fields.get("Components", "").split() and fields.get("Enabled") != "no"
    )


def _is_debian_line(line: str) -> bool:
    match = re.match(r"deb\s+(?:\[(.*?)\]\s+)?\S+\s+(\S+)\s+(.*)", line.strip())
    if not match:
        return False
    key = dict(part.split("=", 1) for part in (match[1] or "").split() if "=" in part).get("signed-by", "")
    return match[2].split("-")[0] == SUITE and key in _DEBIAN_KEYS and "main" in match[3].split()

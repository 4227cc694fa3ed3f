"""Commands that write a setting into an environment's file, for fixes that can be pasted."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

_ADD = r"/^config:/a\  cloudnative:{key}: {value}"
_CHANGE = r"s|^\( *cloudnative:{key}:\)[^#]*|\1 {value} |"


def setting(file: Path, key: str, value: str) -> str:
    """A command after which `cloudnative:KEY` of the file is `value`: its line changed, or one added."""
    place, line = shlex.quote(os.path.relpath(file)), _line(file, key)
    if line == "":  # its value stands on lines of its own
        return f"${{EDITOR:-vi}} {place}"
    script = (_ADD if line is None else _CHANGE).format(key=key, value=value)
    return f"sed -i {shlex.quote(script)} {place}"


def _line(file: Path, key: str) -> str | None:
    """What stands behind the key in its line; None where the file does not have it."""
    text = file.read_text("utf-8") if file.is_file() else ""
    found = re.search(rf"^ *cloudnative:{re.escape(key)}:[ \t]*([^#\n]*)", text, re.MULTILINE)
    return found[1].strip() if found else None

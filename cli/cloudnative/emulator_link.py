"""How the command finds a running emulator: by its file, so that asking costs no import."""

from __future__ import annotations

import json
from typing import Any

from cloudnative.runs.processes import Identity
from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import CloudnativeError


def read_endpoint() -> dict[str, Any] | None:
    """endpoint.json of the emulator that runs now; None when none does."""
    try:
        endpoint = json.loads((folders.home() / "emulator" / "endpoint.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    alive = Identity(int(endpoint["pid"]), str(endpoint["start_time"])).alive()
    return endpoint if alive else None


def running_endpoint() -> dict[str, Any]:
    """endpoint.json of the running emulator, or an error that says how to start one."""
    if endpoint := read_endpoint():
        return endpoint
    raise CloudnativeError(
        code="emulator.stopped",
        what="the emulator does not run",
        why=f"no live daemon in {folders.home() / 'emulator'}",
        fix="cloudnative emulator start",
    )

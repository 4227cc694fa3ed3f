"""endpoint.json: what everybody else knows of a running emulator."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from cloudnative_emulator.daemon.identity_of_process import is_alive
from cloudnative_emulator.daemon.paths import Paths
from cloudnative_toolchain import folders


@dataclass(frozen=True)
class Endpoint:
    """Addresses and credentials of a running emulator; docs/architecture.md describes the file."""

    instance: str
    pid: int
    start_time: str
    arm: str
    ca: str
    tenant: str
    subscription: str
    client_id: str
    client_secret: str = field(repr=False)
    object_id: str
    azure_native: str
    buildkit: str
    docker_mirror: str
    backend: str
    backend_reason: str
    build_certificates: str = ""
    prometheus: str = ""


def endpoint() -> Endpoint | None:
    """The emulator of this home while it runs and is ready, else None."""
    path = Paths(folders.home()).endpoint
    try:
        found = Endpoint(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    return found if is_alive(found.pid, found.start_time) else None

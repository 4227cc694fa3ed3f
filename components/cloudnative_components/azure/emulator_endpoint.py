"""The emulator's endpoint.json, as far as a program needs it; no secret is read from it."""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.folders import home

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class EmulatorEndpoint:
    """Which tenant and subscription the emulator stands for, and where its metadata host is."""

    tenant: str
    subscription: str
    client: str
    metadata_host: str


def emulator_endpoint() -> EmulatorEndpoint:
    """The emulator that runs in this CLOUDNATIVE_HOME."""
    endpoint = running_emulator()
    if endpoint is None:
        raise CloudnativeError(
            code="emulator.not-running",
            what="the emulator is not running",
            why=f"{_path()} is not there",
            fix="cloudnative emulator start",
        )
    return endpoint


def running_emulator() -> EmulatorEndpoint | None:
    """The same, or None where no emulator runs."""
    try:
        document: dict[str, str] = json.loads(_path().read_text("utf-8"))
    except FileNotFoundError:
        return None
    address = urlsplit(document["arm"])
    if address.hostname != _LOOPBACK:
        raise CloudnativeError(
            code="emulator.not-loopback",
            what=f"{_path()} names {address.hostname!r}",
            why="the emulator of this machine answers on 127.0.0.1 only",
            fix="cloudnative emulator reset",
        )
    return EmulatorEndpoint(
        tenant=document["tenant"],
        subscription=document["subscription"],
        client=document["client_id"],
        metadata_host=address.netloc,
    )


def _path() -> Path:
    return home() / "emulator" / "endpoint.json"

"""Findings about reaching API servers from this machine, where not everybody may (AKS-07)."""

from __future__ import annotations

import base64
import binascii
import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cloudnative.preflight.needs import Needs
from cloudnative.preflight.own_address import public_address
from cloudnative.preflight.questions import Question, ask
from cloudnative.preflight.settings import setting
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from cloudnative.arm import Arm

SECONDS = 4.0
ADDRESS = ("address", "")


@dataclass(frozen=True)
class Seen:
    """What was tried: this machine's address (empty where unknown), and API servers that do not answer."""

    address: str = ""
    silent: Mapping[str, str] | None = None  # server -> why


def look(needs: Needs, arm: Arm) -> Seen:
    """Only where access is closed: everybody reaches the other API servers."""
    asks_address = bool(needs.ranges and needs.clusters)
    with ThreadPoolExecutor() as threads:
        address = threads.submit(_address, arm) if asks_address else None
        servers = _servers(arm, needs.closed)
        tried = dict(zip(servers, threads.map(_silence, servers), strict=True))
        silent = {server: why for server, why in tried.items() if why}
        return Seen(address.result() if address else "", silent)


def _address(arm: Arm) -> str:
    """The emulator tells whom it sees; for Azure, how the internet sees this machine."""
    if arm.is_azure:
        return public_address()
    answer = ask(arm, {ADDRESS: Question("/cloudnative/address", "1")})[ADDRESS]
    return str(answer.body.get("address", ""))


def _servers(arm: Arm, clusters: Sequence[str]) -> list[str]:
    """The API servers of clusters that are there, as their kubeconfigs name them."""
    path, form = "listClusterUserCredential", {"format": "exec"}
    asked = {("cluster", one): Question(f"{one}/{path}", "2025-09-01", form, {}) for one in clusters}
    found = [_server(answer.body) for answer in ask(arm, asked).values() if answer.known]
    return [server for server in found if server]


def _server(body: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader: Any = YAML(typ="safe", pure=True)
    try:
        kubeconfig = reader.load(base64.b64decode(str(body["kubeconfigs"][0]["value"])))
        return str(kubeconfig["clusters"][0]["cluster"]["server"])
    except (KeyError, IndexError, TypeError, binascii.Error, YAMLError):
        return ""


def _silence(server: str) -> str:
    """Why nothing can be opened there, empty where it can."""
    parts = urlsplit(server)
    try:
        socket.create_connection((str(parts.hostname), parts.port or 443), timeout=SECONDS).close()
    except OSError as error:
        return str(error.strerror or error or type(error).__name__).lower()
    return ""


def findings(needs: Needs, seen: Seen, file: Path) -> Iterator[CloudnativeError]:
    """An address outside of all ranges, servers that do not answer."""
    if seen.address and not admitted(seen.address, needs.ranges):
        own = f"{seen.address}/32"
        yield CloudnativeError(
            code="preflight.unreachable",
            what=f"this machine ({seen.address}) would not reach the API servers",
            why=f"it is in none of authorized_ip_ranges: {', '.join(needs.ranges)} (AKS-07)",
            fix=setting(file, "authorized_ip_ranges", f"[{', '.join([*needs.ranges, own])}]"),
            exit_code=ExitCode.RESOURCE,
        )
    for server, why in (seen.silent or {}).items():
        host = urlsplit(server).netloc
        yield CloudnativeError(
            code="preflight.unreachable",
            what=f"the API server {host} does not answer this machine",
            why=f"{why}; not everybody may reach it, so this machine is in the wrong network, or the cluster "
            "is stopped (AKS-07)",
            fix=f"curl --insecure --max-time 5 {server}/healthz",
            exit_code=ExitCode.RESOURCE,
        )


def admitted(address: str, ranges: Sequence[str]) -> bool:
    """Loopback is the emulator's own machine, and inside of every network."""
    own = ip_address(address)
    return own.is_loopback or any(own in ip_network(one) for one in ranges)

"""The seam of the emulator's two halves: the daemon provides these, the HTTP side calls them."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from cloudnative_emulator.identity.private_files import write_private

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ProcessSpec:
    """One outside program, as the supervisor runs it; secrets go into `env` or a 0600 file, never `argv`."""

    name: str
    argv: list[str]
    env: dict[str, str]
    log: Path
    cwd: Path | None = None
    restart: bool = True
    pass_fds: tuple[int, ...] = ()


class Supervisor(Protocol):
    """Runs outside programs that die with the daemon and come back when they crash."""

    async def start(self, spec: ProcessSpec) -> int:
        """Start the program and return its pid."""
        ...

    async def stop(self, name: str, timeout: float = 10) -> None:  # noqa: ASYNC109 (grace before the kill)
        """End the program; quiet when nothing of that name runs."""
        ...


@dataclass(frozen=True)
class PoolSpec:
    """One agent pool, as ARM's state has it."""

    name: str
    mode: str
    count: int
    vm_size: str
    labels: dict[str, str] = field(default_factory=dict[str, str])
    taints: list[str] = field(default_factory=list[str])
    zones: list[str] = field(default_factory=list[str])
    os_type: str = "Linux"


@dataclass(frozen=True)
class ClusterSpec:
    """What a back end needs to boot a cluster that stands for one managed cluster."""

    id: str  # the ARM id
    name: str
    location: str
    kubernetes_version: str
    pools: list[PoolSpec]
    issuer: str  # https://127.0.0.1:PORT/TENANT/v2.0, trusted by the API server for users
    audience: str
    authorizer_url: str  # webhook authorizer: POST SubjectAccessReview
    authorizer_token: str
    service_account_issuer: str | None
    kubelet_username: str
    kubelet_password: str
    tags: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class ClusterInfo:
    """How a running cluster is reached."""

    server: str  # https URL that the host can open
    ca_pem: str
    service_account_issuer: str
    version: str
    jwks: str | None


class ClusterBackend(Protocol):
    """Boots Kubernetes clusters; ids are ARM ids."""

    name: str

    async def create(self, spec: ClusterSpec) -> ClusterInfo:
        """Boot the cluster or, when it exists, converge it to `spec`; safe to repeat."""
        ...

    async def start(self, cluster_id: str, /) -> None:
        """Bring a stopped cluster back with its data."""
        ...

    async def stop(self, cluster_id: str, /) -> None:
        """End its processes and keep its data."""
        ...

    async def delete(self, cluster_id: str, /) -> None:
        """Remove processes and data; quiet when it is not there."""
        ...

    def info(self, cluster_id: str, /) -> ClusterInfo | None:
        """How to reach the cluster while it runs, else None."""
        ...

    def versions(self) -> list[str]:
        """Kubernetes versions it can boot, for example ["1.36.3"]."""
        ...


_SPARE, _SPARES = "spare-", 32


@dataclass
class Ports:
    """The loopback ports of one home, chosen once and kept in emulator/ports.json."""

    path: Path
    chosen: dict[str, int]

    @classmethod
    def load(cls, home: Path) -> Self:
        """Read the home's ports; missing ones are chosen when first asked for."""
        path = home / "emulator" / "ports.json"
        return cls(path, json.loads(path.read_text()) if path.exists() else {})

    @property
    def arm(self) -> int:
        """Port of ARM, token issuer and webhook authorizer (HTTPS)."""
        return self.allocate("arm")

    @property
    def docker_mirror(self) -> int:
        """Port of the read-only stand-in for Docker Hub (HTTP)."""
        return self.allocate("docker_mirror")

    def allocate(self, key: str) -> int:
        """The port of `key`, the same after every restart."""
        if key not in self.chosen:
            spare = next((name for name in self.chosen if name.startswith(_SPARE)), None)
            if key.startswith("registry") and spare:
                self.chosen[key] = self.chosen.pop(spare)
            else:
                self.chosen[key] = _free_port(set(self.chosen.values()))
            self._write()
        return self.chosen[key]

    def registries(self) -> list[int]:
        """The ports that registries (keys `registry...`) have and those that the next ones get.

        BuildKit and kubelet read their registries once, when they start, and cannot take a pattern of ports.
        """
        ours = {name: port for name, port in self.chosen.items() if name.startswith(("registry", _SPARE))}
        for _ in range(_SPARES - len(ours)):
            port = _free_port({*self.chosen.values(), *ours.values()})
            ours[f"{_SPARE}{port}"] = port
        if not ours.keys() <= self.chosen.keys():
            self.chosen |= ours
            self._write()
        return sorted(ours.values())

    def release(self, key: str) -> None:
        """Forget the port of something that is gone; a registry's waits for the next registry."""
        if (port := self.chosen.pop(key, None)) is not None:
            if key.startswith("registry"):
                self.chosen[f"{_SPARE}{port}"] = port
            self._write()

    def _write(self) -> None:
        write_private(self.path, json.dumps(self.chosen, indent=1).encode())


def _free_port(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port

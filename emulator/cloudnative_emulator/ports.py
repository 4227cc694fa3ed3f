"""What the two halves of the emulator know of each other: the HTTP side calls these, the daemon provides them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ProcessSpec:
    """One outside program, as the supervisor runs it. Secrets go into `env` or a 0600 file, never into `argv`."""

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

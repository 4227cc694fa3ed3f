"""Everything a request handler can reach, in one object made once at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cloudnative_emulator.arm.access import Access
    from cloudnative_emulator.arm.operations import Operations
    from cloudnative_emulator.arm.store import Body, Store
    from cloudnative_emulator.arm.task_runs import TaskRuns
    from cloudnative_emulator.identity.account import Account
    from cloudnative_emulator.identity.tokens import TokenIssuer
    from cloudnative_emulator.ports import ClusterBackend, Ports


class RegistryHost(Protocol):
    """Runs the real registries behind Microsoft.ContainerRegistry/registries."""

    def login_server(self, registry_id: str) -> str:
        """`127.0.0.1:PORT`, the same for ever; known before the registry runs."""
        ...

    async def start(self, registry: Body) -> None:
        """Bring the registry up; quiet when it runs."""
        ...

    async def remove(self, registry: Body) -> None:
        """End the registry and delete its data."""
        ...


@dataclass(frozen=True)
class Cloud:
    """One home's Azure."""

    account: Account
    issuer: TokenIssuer
    store: Store
    access: Access
    operations: Operations
    backend: ClusterBackend
    registries: RegistryHost
    ports: Ports
    tasks: TaskRuns

    @property
    def subscription_id(self) -> str:
        """The subscription's ARM id."""
        return f"/subscriptions/{self.account.subscription}"

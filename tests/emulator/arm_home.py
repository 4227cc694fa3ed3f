"""A whole HTTP side on a home of its own, with a labelled fake where clusters would boot."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from azure.identity import ClientSecretCredential

from cloudnative_emulator.arm import RunningApi, serve
from cloudnative_emulator.identity.ca import CertificateAuthority
from cloudnative_emulator.ports import ClusterInfo, ClusterSpec, Ports, ProcessSpec

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

Result = TypeVar("Result")


@dataclass
class FakeBackend:
    """FAKE: remembers what it was asked for and boots nothing."""

    ca_pem: str = "-----BEGIN CERTIFICATE-----\nfake\n-----END CERTIFICATE-----\n"
    specs: dict[str, ClusterSpec] = field(default_factory=dict[str, ClusterSpec])
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    running: set[str] = field(default_factory=set[str])
    jwks: str | None = None
    name: str = "fake"
    seconds: float = 0

    async def create(self, spec: ClusterSpec) -> ClusterInfo:
        await asyncio.sleep(self.seconds)
        self.calls.append(("create", spec.id))
        self.specs[spec.id] = spec
        self.running.add(spec.id)
        return self._info(spec.id)

    async def start(self, cluster_id: str, /) -> None:
        self.calls.append(("start", cluster_id))
        self.running.add(cluster_id)

    async def stop(self, cluster_id: str, /) -> None:
        self.calls.append(("stop", cluster_id))
        self.running.discard(cluster_id)

    async def delete(self, cluster_id: str, /) -> None:
        self.calls.append(("delete", cluster_id))
        self.running.discard(cluster_id)

    def info(self, cluster_id: str, /) -> ClusterInfo | None:
        return self._info(cluster_id) if cluster_id in self.running else None

    def versions(self) -> list[str]:
        return ["1.35.2", "1.36.3"]

    def _info(self, cluster_id: str) -> ClusterInfo:
        issuer = f"https://127.0.0.1:6443/{cluster_id.rsplit('/', 1)[-1]}"
        spec = self.specs.get(cluster_id)
        version = spec.kubernetes_version if spec else "1.36.3"
        return ClusterInfo("https://127.0.0.1:6443", self.ca_pem, issuer, f"v{version}", self.jwks)


@dataclass
class PlainSupervisor:
    """Starts real processes and ends them; the daemon's own one also restarts and logs."""

    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, "subprocess.Popen[bytes]"])

    async def start(self, spec: ProcessSpec) -> int:
        with spec.log.open("ab") as log:
            self.running[spec.name] = subprocess.Popen(  # noqa: ASYNC220 (starts in a moment)
                spec.argv, env=spec.env, cwd=spec.cwd, stdout=log, stderr=log
            )
        return self.running[spec.name].pid

    async def stop(self, name: str, timeout: float = 10) -> None:  # noqa: ASYNC109 - the signature of the port it stands in for
        process = self.running.pop(name, None)
        if process:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, timeout)

    async def stop_all(self) -> None:
        for name in list(self.running):
            await self.stop(name)


class Home:
    """A running HTTP side on a thread of its own, so that tests can be plain blocking clients."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.backend, self.supervisor = FakeBackend(), PlainSupervisor()
        self._open = contextlib.ExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="home", daemon=True)
        self._thread.start()
        self.api = self._run(self._serve())

    def restart(self) -> None:
        """Stop and start, as the daemon does."""
        self._run(self.api.close())
        self._run(self.supervisor.stop_all())
        self.backend = FakeBackend()
        self.api = self._run(self._serve())

    def close(self) -> None:
        self._open.close()
        self._run(self.api.close())
        self._run(self.supervisor.stop_all())
        self._run(self._cut_connections())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def ca(self) -> str:
        return str(self.path / "emulator" / "ca.pem")

    @property
    def arm(self) -> str:
        return self.api.arm

    @property
    def subscription(self) -> str:
        return self.api.account.subscription

    def credential(self, secret: str = "") -> ClientSecretCredential:
        account = self.api.account
        credential = ClientSecretCredential(
            account.tenant, account.client_id, secret or account.client_secret,
            authority=self.arm, disable_instance_discovery=True, connection_verify=self.ca,
        )  # fmt: skip
        self._open.callback(credential.close)
        return credential

    def client(self, kind: Any) -> Any:
        """One of the azure-mgmt-* clients, unmodified."""
        client = kind(
            self.credential(), self.subscription, base_url=self.arm,
            credential_scopes=[self.arm + "/.default"], connection_verify=self.ca,
        )  # fmt: skip
        return self._open.enter_context(client)

    def token(self, audience: str = "") -> str:
        return self.credential().get_token((audience or self.arm) + "/.default").token

    def http(self, token: str | None = None) -> httpx.Client:
        """A plain client that signs in as the deployer, or with `token`."""
        verify = ssl.create_default_context(cafile=self.ca)
        bearer = self.token() if token is None else token
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self._open.enter_context(
            httpx.Client(base_url=self.arm, verify=verify, headers=headers, timeout=20)
        )

    def id(self, rest: str = "") -> str:
        return f"/subscriptions/{self.subscription}{rest}"

    async def _cut_connections(self) -> None:
        """A peer that vanished without TLS's goodbye would otherwise be waited for, 30 s."""
        transports: Any = getattr(self._loop, "_transports", {})
        for transport in list(transports.values()):
            transport.abort()
        await asyncio.sleep(0)

    async def _serve(self) -> RunningApi:
        ca = CertificateAuthority.load(self.path)
        return await serve(self.path, Ports.load(self.path), ca, self.backend, self.supervisor)

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


def settle(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """Poll a long-running operation to its end and return its last body."""
    url = answer.headers["Azure-AsyncOperation"]
    deadline = time.monotonic() + 20
    while (body := client.get(url).json())["status"] == "InProgress":
        assert time.monotonic() < deadline, body
        time.sleep(0.02)
    return body

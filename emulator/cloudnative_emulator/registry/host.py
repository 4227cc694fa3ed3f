"""One real registry process for each Microsoft.ContainerRegistry/registries, behind its own TLS port."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from yarl import URL

from cloudnative_emulator.arm import ids
from cloudnative_emulator.identity.private_files import make_private_folder, write_private
from cloudnative_emulator.ports import ProcessSpec
from cloudnative_emulator.registry.data_plane import DataPlane
from cloudnative_emulator.registry.locks import Locks
from cloudnative_emulator.registry.proxy import RegistryProxy
from cloudnative_emulator.registry.signing import ISSUER, RegistrySigner
from cloudnative_emulator.registry.storage import Storage
from cloudnative_emulator.registry.token_service import TokenService
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from aiohttp.typedefs import Middleware

    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body
    from cloudnative_emulator.identity.ca import CertificateAuthority
    from cloudnative_emulator.ports import Ports, Supervisor

_LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes


@dataclass(frozen=True)
class _Running:
    runner: web.AppRunner
    proxy: RegistryProxy


class Registries:
    """Starts, serves and removes registries; `cloud` is set once ARM stands."""

    def __init__(
        self,
        home: Path,
        ports: Ports,
        ca: CertificateAuthority,
        supervisor: Supervisor,
        middlewares: Sequence[Middleware],
    ) -> None:
        self._folder = home / "emulator" / "registries"
        self._ports, self._supervisor, self._middlewares = ports, supervisor, middlewares
        make_private_folder(self._folder)
        self._signer = RegistrySigner(self._folder)
        self._tls: ssl.SSLContext = ca.server_context("registry")
        self._running: dict[str, _Running] = {}
        self.cloud: Cloud | None = None

    def login_server(self, registry_id: str) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self._ports.allocate(_port_key(registry_id))}"

    async def start(self, registry: Body) -> None:
        """Bring the registry up; quiet when it runs."""
        key = ids.key(registry["id"])
        if key in self._running:
            return
        folder = self._folder / registry["name"].lower()
        make_private_folder(folder)
        socket = _socket(folder)
        await self._supervisor.start(self._process(registry, folder, socket))
        proxy = RegistryProxy(socket)
        try:
            await proxy.wait_ready()
            self._running[key] = _Running(await self._listen(registry, proxy), proxy)
        except (TimeoutError, OSError) as error:
            await proxy.close()
            raise _not_started(registry, folder, error) from error

    async def remove(self, registry: Body) -> None:
        """End the registry and delete its data."""
        await self.stop(registry)
        folder = self._folder / registry["name"].lower()
        socket = _socket(folder)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        socket.unlink(missing_ok=True)
        self._ports.release(_port_key(registry["id"]))

    async def stop(self, registry: Body) -> None:
        """End the process and the listener, keep the data."""
        running = self._running.pop(ids.key(registry["id"]), None)
        if running:
            await running.runner.cleanup()
            await running.proxy.close()
        await self._supervisor.stop(_process_name(registry))

    async def close(self) -> None:
        """Close every listener; the supervisor ends the processes."""
        for running in self._running.values():
            await running.runner.cleanup()
            await running.proxy.close()
        self._running.clear()

    async def _listen(self, registry: Body, proxy: RegistryProxy) -> web.AppRunner:
        if not self.cloud:
            raise RuntimeError("registries are served only once ARM stands")
        tokens = TokenService(self.cloud, self._signer, registry["id"], self.login_server(registry["id"]))
        application = web.Application(middlewares=self._middlewares)
        application.add_routes(tokens.routes())
        folder = self._folder / registry["name"].lower()
        plane = DataPlane(tokens, Storage(folder / "data"), Locks(folder / "locks.json"))
        application.router.add_route("*", "/acr/v1/{path:.*}", plane.handle)
        application.router.add_route("*", "/v2/{path:.*}", plane.guard(proxy.handle))
        application.router.add_route("*", "/v2", proxy.handle)
        runner = web.AppRunner(application, auto_decompress=False, access_log=None)
        await runner.setup()
        port = URL(f"https://{self.login_server(registry['id'])}").port
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=self._tls).start()
        return runner

    def _process(self, registry: Body, folder: Path, socket: Path) -> ProcessSpec:
        config = folder / "config.yml"
        document = self._config(registry, folder, socket)
        write_private(config, json.dumps(document, indent=1).encode())  # JSON is YAML
        return ProcessSpec(
            name=_process_name(registry),
            argv=[str(program("registry")), "serve", str(config)],
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "OTEL_TRACES_EXPORTER": "none"},
            log=folder / "registry.log",
            cwd=folder,
        )

    def _config(self, registry: Body, folder: Path, socket: Path) -> dict[str, Any]:
        service = self.login_server(registry["id"])
        token = {
            "realm": f"https://{service}/oauth2/token", "service": service, "issuer": ISSUER,
            "rootcertbundle": str(self._signer.bundle),
        }  # fmt: skip
        purge = {"enabled": True, "age": "24h", "interval": "6h", "dryrun": False}
        return {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(folder / "data")},
                "delete": {"enabled": True},
                "maintenance": {"uploadpurging": purge},
            },
            "http": {
                "net": "unix",
                "addr": str(socket),
                "secret": secrets.token_hex(16),
                "relativeurls": True,  # as ACR; its Python client takes no other Location
            },
            "auth": {"token": token},
        }


def _process_name(registry: Body) -> str:
    return f"registry-{registry['name'].lower()}"


def _port_key(registry_id: str) -> str:
    return f"registry:{ids.key(registry_id)}"


def _socket(folder: Path) -> Path:
    """In the registry's folder; where that path is too long for a socket, in a private folder of /tmp."""
    socket = folder / "registry.sock"
    if len(os.fsencode(socket)) <= _LONGEST_SOCKET_PATH:
        return socket
    short = Path(tempfile.gettempdir()) / f"cloudnative-{os.geteuid()}"
    make_private_folder(short)
    if short.stat().st_uid != os.geteuid() or short.is_symlink():
        raise PermissionError(f"{short} belongs to somebody else")
    short.chmod(0o700)
    return short / (hashlib.sha256(os.fsencode(folder)).hexdigest()[:16] + ".sock")


def _not_started(registry: Body, folder: Path, error: Exception) -> CloudnativeError:
    log = folder / "registry.log"
    return CloudnativeError(
        code="emulator.registry",
        what=f"registry {registry['name']} does not start",
        why=f"{error or 'it did not answer in time'}; its log is {log}",
        fix=f"tail -n 20 {log}",
    )

"""Starts and stops the plugin: inside the command's worker, or as a process of its own."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version as distribution_version
from typing import Any

import grpc.aio
import pulumi
from pulumi.runtime.proto import provider_pb2_grpc

from cloudnative_toolchain.errors import CloudnativeError

from .bundle import Bundle
from .events import CHANNEL_OPTIONS, Reporter
from .generated_secret import GeneratedSecret
from .health_gate import HealthGate
from .hosting import ComponentHost
from .image import Image
from .peers import OwnUserOnly
from .release import Release
from .resource import Event
from .servicer import Servicer
from .upstream_image import UpstreamImage

Components = Sequence[type[pulumi.Resource]]


class Server:
    """A running plugin: `port` for PULUMI_DEBUG_PROVIDERS=cloudnative:PORT, `stop` to end it."""

    def __init__(self, components: Components, on_event: Callable[[Event], None] | None) -> None:
        self.port, self.engine = 0, ""
        self._components, self._on_event = components, on_event
        self._ready, self._failed = threading.Event(), ""
        self._stopping, self._grace = asyncio.Event(), 2.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="cloudnative-provider", daemon=True)

    def start(self) -> Server:
        """Returns when calls are answered."""
        self._thread.start()
        self._ready.wait()
        if self._failed:
            raise CloudnativeError(code="provider.start", what="the cloudnative plugin", why=self._failed)
        return self

    def stop(self, grace_seconds: float = 2.0) -> None:
        """Ends running operations as Cancel does, then the server; safe to call twice."""
        if self._thread.is_alive():
            self._grace = grace_seconds
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(grace_seconds + 5)

    def join(self) -> None:
        """Returns when the server has ended."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failed = str(error)
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        guard = OwnUserOnly()
        server: Any = grpc.aio.server(options=CHANNEL_OPTIONS, interceptors=[guard])
        service = servicer(self._components, self._on_event)
        service.attach(self.engine)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
        guard.port = self.port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        self._ready.set()
        await self._stopping.wait()
        service.cancel()
        await server.stop(self._grace)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


def servicer(components: Components, on_event: Callable[[Event], None] | None) -> Servicer:
    """The service with every resource of ours, before it listens anywhere."""
    version = distribution_version("cloudnative")
    resources = [Image(), UpstreamImage(), Bundle(), Release(), HealthGate(), GeneratedSecret()]
    return Servicer(resources, ComponentHost(components, version), Reporter(on_event), version)


def start(components: Components, *, on_event: Callable[[Event], None] | None = None) -> Server:
    """Serve the plugin on a thread of this process."""
    return Server(components, on_event).start()


def serve(components: Components, argv: Sequence[str]) -> None:
    """Serve until the engine ends it: its address is the first argument, our port the first line."""
    server = Server(components, None)
    server.engine = argv[0] if argv and not argv[0].startswith("-") else ""
    server.start()
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.join()

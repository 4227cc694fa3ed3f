"""Where events go: to the command's callback, else to the engine's log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
import grpc.aio
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS  # pyright: ignore[reportPrivateUsage] - the SDK's message sizes, exported nowhere
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from .resource import Event

CHANNEL_OPTIONS: Any = _GRPC_CHANNEL_OPTIONS


class Reporter:
    """Delivers events in order; a listener that raises is a bug of the listener and is not hidden."""

    def __init__(self, on_event: Callable[[Event], None] | None) -> None:
        self._on_event = on_event
        self._address = ""
        self._lines: asyncio.Queue[tuple[str, Event]] | None = None
        self._sender: asyncio.Task[None] | None = None

    def attach(self, address: str) -> None:
        """From now on `address` is the engine."""
        self._address = address or self._address

    def emit(self, event: Event) -> None:
        """Hand one event over; called on the server's thread."""
        if self._on_event is not None:
            self._on_event(event)
        elif self._address and not event.get("final"):
            self._enqueue(event)

    def _enqueue(self, event: Event) -> None:
        if self._lines is None:
            self._lines = asyncio.Queue()
            self._sender = asyncio.get_running_loop().create_task(self._send(self._lines))
        self._lines.put_nowait((self._address, event))

    async def _send(self, lines: asyncio.Queue[tuple[str, Event]]) -> None:
        channels: dict[str, grpc.aio.Channel] = {}
        while True:
            address, event = await lines.get()
            if address not in channels:
                channels[address] = grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
            try:
                stub: Any = engine_pb2_grpc.EngineStub(channels[address])
                await stub.Log(_line(event), timeout=5)
            except grpc.aio.AioRpcError:
                # An engine that has gone needs no more lines; the operation itself reports its own result.
                await channels.pop(address).close()


def _line(event: Event) -> Any:
    severity = engine_pb2.WARNING if event["kind"] == "problem" else engine_pb2.INFO
    return engine_pb2.LogRequest(
        severity=severity,
        message=sentence(event),
        urn=event.get("urn", ""),
        ephemeral=event["kind"] in ("progress", "log"),
    )


def sentence(event: Event) -> str:
    """One event as text, for the engine's diagnostics."""
    if event["kind"] == "change":
        checked = "" if event["checked"] else " (not checked on a server)"
        lines = [f"{event['operation']} {event['object']}{checked}"]
        lines += [f"  {field['path']}: {field['old']} => {field['new']}" for field in event["fields"]]
        return "\n".join(lines)
    if event["kind"] == "problem":
        return ": ".join(str(event[key]) for key in ("what", "why") if event.get(key))
    return str(event.get("message", ""))

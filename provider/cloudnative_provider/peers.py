"""Only our own user (or root) may call the provider: loopback by itself is not access control."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


class OwnUserOnly(grpc.aio.ServerInterceptor):
    """Refuses every call whose connection was opened by another user of this machine."""

    def __init__(self) -> None:
        self.port = 0

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """The handler behind a check of the caller."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        answer: Any = handler.unary_unary

        async def checked(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            if not trusted(context.peer(), self.port):
                await context.abort(grpc.StatusCode.PERMISSION_DENIED, "this port serves another user")
            return await answer(request, context)

        return grpc.unary_unary_rpc_method_handler(
            checked,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


def trusted(peer: str, port: int) -> bool:
    """True when gRPC's `ipv4:HOST:PORT` belongs to us or root; without /proc nobody can be told apart."""
    if not sys.platform.startswith("linux"):
        return True
    return owner(peer, port) in {0, os.getuid()}


def owner(peer: str, port: int, tables: tuple[Path, ...] = _TABLES) -> int | None:
    """The user id at the far end of a loopback connection to `port`, from the kernel's socket tables."""
    theirs = peer.rpartition(":")[2]
    if not theirs.isdigit():
        return None
    here, there = f":{int(theirs):04X}", f":{port:04X}"
    for table in tables:
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[1].endswith(here) and fields[2].endswith(there) and _loopback(fields[1]):
                return int(fields[7])
    return None


def _loopback(address: str) -> bool:
    host = address.rpartition(":")[0]
    return host.endswith("7F") if len(host) == 8 else host.endswith(("0100007F", "01000000"))

"""Who may call: loopback is not access control, so the caller's uid is looked up in /proc/net/tcp."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc

# gRPC opens dual-stack sockets, so a connection to 127.0.0.1 stands in tcp6 as ::ffff:127.0.0.1.
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def uid_of(peer: str, local_port: int, table: str) -> int | None:
    """The uid that owns the other end of a gRPC connection; None where it cannot be told."""
    scheme, _, address = peer.partition(":")
    if scheme != "ipv4":
        return None
    host, _, port = address.rpartition(":")
    theirs, ours = f"{_hex(host)}:{int(port):04X}", f":{local_port:04X}"
    for line in table.splitlines():
        fields = line.split()
        if fields[1].endswith(theirs) and fields[2].endswith(ours):
            return int(fields[7])
    return None


def _connections() -> str:
    return "".join(table.read_text("ascii") for table in _TABLES if table.exists())


def _hex(host: str) -> str:
    return "".join(f"{int(part):02X}" for part in reversed(host.split(".")))


class OnlyUsers(grpc.ServerInterceptor):
    """Refuses every call of another user than the ones given."""

    def __init__(self, uids: frozenset[int]) -> None:
        self._uids = uids
        self.port = 0

    def intercept_service(self, continuation: Callable[..., Any], handler_call_details: Any) -> Any:
        """Wrap the handler, since only the call's own context knows its peer."""
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        return grpc.unary_unary_rpc_method_handler(
            self._guarded(handler.unary_unary), handler.request_deserializer, handler.response_serializer
        )

    def _guarded(self, call: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def guarded(request: Any, context: grpc.ServicerContext) -> Any:
            uid = uid_of(context.peer(), self.port, _connections())
            if _TABLES[0].exists() and uid not in self._uids:  # elsewhere nobody can be told apart
                context.abort(grpc.StatusCode.PERMISSION_DENIED, f"uid {uid} may not use this emulator")
            return call(request, context)

        return guarded


def owners(folder: Path) -> frozenset[int]:
    """Root, this process and the owner of the folder: who may use an emulator that lives there."""
    return frozenset({0, os.getuid(), folder.stat().st_uid})

"""Only our own user (or root) may call the provider: loopback by itself is not access control."""

from __future__ import annotations

import os
from typing import Any

import grpc
import grpc.aio

from cloudnative_toolchain.connections import tells_users, uid_of


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
    """True when gRPC's `ipv4:HOST:PORT` belongs to us or root, or the system tells nobody apart."""
    return not tells_users() or uid_of(peer, port) in {0, os.getuid()}

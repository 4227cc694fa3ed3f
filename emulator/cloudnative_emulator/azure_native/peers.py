"""Who may call: loopback is not access control, so the kernel is asked for the caller's uid."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc

from cloudnative_toolchain.connections import tells_users, uid_of


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
            uid = uid_of(context.peer(), self.port)
            if tells_users() and uid not in self._uids:
                context.abort(grpc.StatusCode.PERMISSION_DENIED, f"uid {uid} may not use this emulator")
            return call(request, context)

        return guarded


def owners(folder: Path) -> frozenset[int]:
    """Root, this process and the owner of the folder: who may use an emulator that lives there."""
    return frozenset({0, os.getuid(), folder.stat().st_uid})

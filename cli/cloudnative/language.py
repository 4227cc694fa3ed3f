"""The two services that an engine calls while it runs an inline program: language and event log."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer  # pyright: ignore[reportPrivateUsage] - the SDK's own, exported nowhere
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS  # pyright: ignore[reportPrivateUsage] - the SDK's message sizes, exported nowhere
from pulumi.runtime.proto import events_pb2_grpc, language_pb2_grpc

OnEvent = Callable[[dict[str, Any]], None]


class LanguageAndEvents:
    """`with LanguageAndEvents(program, on_event) as server`: serves on `server.port` of loopback."""

    def __init__(self, program: Callable[[], None], on_event: OnEvent) -> None:
        options: Any = _GRPC_CHANNEL_OPTIONS
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), options=options)
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(program), self._server)
        events_pb2_grpc.add_EventsServicer_to_server(_Events(on_event), self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self) -> LanguageAndEvents:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(grace=1).wait(timeout=2)


class _Events(events_pb2_grpc.EventsServicer):
    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event

    def StreamEvents(self, request_iterator: Any, context: Any) -> Any:  # noqa: N802, ARG002 - the names of gRPC
        """Hand over each event; one that cannot be understood is reported and does not end the stream."""
        for request in request_iterator:
            try:
                self._on_event(json.loads(request.event))
            except Exception as error:  # noqa: BLE001 - a display problem must not stop the engine
                sys.stderr.write(f"an engine event was not understood: {error}\n")
        return empty_pb2.Empty()

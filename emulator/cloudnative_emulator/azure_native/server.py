"""Starts the stand-in on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from .arm_client import Endpoint, Session, SignsIn
from .peers import OnlyUsers, owners
from .servicer import StandIn

# A cluster's inputs are far below gRPC's 4 MiB, a list of answers need not be; Pulumi's own limit is 400 MiB.
_MESSAGE_BYTES = 400 * 1024 * 1024
_CALLS_AT_ONCE = 64


@dataclass(frozen=True)
class Running:
    """A stand-in that answers on `127.0.0.1:port` until `stop` is called."""

    port: int
    stop: Callable[[], None]


def start(endpoint: Mapping[str, Any] | Path, port: int = 0, *, home: Path | None = None) -> Running:
    """Serve on 127.0.0.1:port (0: any free one) for the endpoint, or for the endpoint.json at that path.

    A path is read when first needed and again when the file changes, so the stand-in may start before the
    emulator has written it. `home` decides who may call: its owner and root.
    """
    sessions = _Sessions(endpoint)
    stand_in = StandIn(sessions.current)
    guard = OnlyUsers(owners(home or _folder_of(endpoint)))
    server = grpc.server(
        ThreadPoolExecutor(max_workers=_CALLS_AT_ONCE, thread_name_prefix="azure-native"),
        interceptors=[guard],
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_BYTES),
            ("grpc.max_send_message_length", _MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(stand_in, server)
    guard.port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()

    def stop() -> None:
        stand_in.cancel_all()
        server.stop(grace=2).wait()
        sessions.close()

    return Running(guard.port, stop)


class _Sessions:
    """The sessions for the endpoint that holds now, one for each way to sign in."""

    def __init__(self, endpoint: Mapping[str, Any] | Path) -> None:
        self._source = endpoint
        self._lock = threading.Lock()
        self._sessions: dict[SignsIn, Session] = {}

    def current(self, signs_in: SignsIn) -> Session:
        with self._lock:
            endpoint = self._read()
            session = self._sessions.get(signs_in)
            if session is None or session.endpoint != endpoint:
                session = self._sessions[signs_in] = Session(endpoint, signs_in)
            return session

    def _read(self) -> Endpoint:
        if isinstance(self._source, Path):
            return Endpoint.of(cast("dict[str, Any]", json.loads(self._source.read_text("utf-8"))))
        return Endpoint.of(self._source)

    def close(self) -> None:
        with self._lock:
            for session in self._sessions.values():
                session.close()


def _folder_of(endpoint: Mapping[str, Any] | Path) -> Path:
    return endpoint.parent if isinstance(endpoint, Path) else Path(str(endpoint["ca"])).parent

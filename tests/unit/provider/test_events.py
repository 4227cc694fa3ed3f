"""Without a listener, events go to the engine's log."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from cloudnative_provider.events import Reporter, sentence


class _Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.lines: list[Any] = []

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name of gRPC
        self.lines.append(request)
        return empty_pb2.Empty()


@pytest.fixture
def engine() -> Iterator[tuple[_Engine, str]]:
    servicer, server = _Engine(), grpc.server(ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield servicer, f"127.0.0.1:{port}"
    server.stop(None)


async def test_progress_is_passing_and_problems_are_warnings(engine: tuple[_Engine, str]) -> None:
    servicer, address = engine
    reporter = Reporter(None)
    reporter.attach(address)
    reporter.emit({"kind": "progress", "urn": "u", "message": "building"})
    reporter.emit({"kind": "problem", "urn": "u", "what": "web-1", "why": "exit code 3"})
    async with asyncio.timeout(5):
        while len(servicer.lines) < 2:  # noqa: ASYNC110  the list is filled by another thread
            await asyncio.sleep(0.01)
    told = [(line.message, line.ephemeral, line.severity) for line in servicer.lines]
    assert told == [("building", True, engine_pb2.INFO), ("web-1: exit code 3", False, engine_pb2.WARNING)]


def test_a_change_names_object_and_fields() -> None:
    field = {"path": "spec.replicas", "old": 1, "new": 2}
    event = {"kind": "change", "object": "v1/X/a", "operation": "update", "fields": [field], "checked": False}
    assert sentence(event) == "update v1/X/a (not checked on a server)\n  spec.replicas: 1 => 2"

"""An Image with builder `acr`: ARM's calls of ACR Tasks on the emulator's double, which really builds."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from tests.emulator.live_home import LOCATION, LiveHome, eventually

import cloudnative_emulator
import cloudnative_provider
from cloudnative_provider.wire import decode, encode, reveal

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.skipif(os.geteuid() != 0, reason="BuildKit needs root"),
]
_URN = "urn:pulumi:dev::shop::cloudnative:index:Image::it"
_REGISTRY = "/providers/Microsoft.ContainerRegistry/registries/crtasks1"
_VERSION = "2025-03-01-preview"
_DOCKERFILE = """FROM debian:bookworm-slim
ARG WORD=nothing
COPY . /app
RUN test ! -e /app/secret.pem && echo said $WORD
"""


@dataclass
class Room:
    """A registry, a context, and the plugin in front of both."""

    home: LiveHome
    registry: dict[str, Any]
    context: Path
    engine: Any
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def build(self, dockerfile: str = _DOCKERFILE, **more: Any) -> dict[str, Any]:
        """The outputs of the image."""
        (self.context / "Dockerfile").write_text(dockerfile)
        given = {
            "cloud": "emulator", "builder": "acr", "registry": self.registry["properties"]["loginServer"],
            "registryId": self.registry["id"], "repository": "shop/web", "context": str(self.context),
        }  # fmt: skip
        checked = self.engine.Check(provider_pb2.CheckRequest(urn=_URN, news=encode({**given, **more})))
        assert not checked.failures
        request = provider_pb2.CreateRequest(urn=_URN, properties=checked.inputs)
        return reveal(decode(self.engine.Create(request, timeout=120).properties))

    def said(self, kind: str) -> list[str]:
        """The lines of one kind of event."""
        return [event["message"] for event in self.events if event["kind"] == kind]

    def status(self, run: str) -> str | None:
        """The status of a run, once there is one of that name."""
        answer = self.home.arm("GET", f"{_REGISTRY}/runs/{run}", _VERSION).json()
        return answer["properties"]["status"] if "properties" in answer else None


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("tasks")
    context = folder / "context"
    context.mkdir()
    (context / ".dockerignore").write_text("*.pem\nDockerfile\n")
    (context / "secret.pem").write_text("key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(folder / "home"))
        home = LiveHome(folder / "home")
        try:
            home.start("simulated")
            home.arm("PUT", "", "2025-04-01", {"location": LOCATION}).raise_for_status()
            registry = home.put(_REGISTRY, "2025-04-01", {"location": LOCATION, "sku": {"name": "Basic"}})
            events: list[dict[str, Any]] = []
            server = cloudnative_provider.start([], on_event=events.append)
            with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                yield Room(home, registry, context, stub, events)
            server.stop()
        finally:
            cloudnative_emulator.reset()


def test_the_context_is_built_by_the_registry_and_known_by_digest(room: Room) -> None:
    image = room.build(buildArgs={"WORD": "hello"})
    assert image["ref"].endswith(f"/shop/web@{image['digest']}")
    assert list(image["bases"]) == ["docker.io/library/debian:bookworm-slim"]
    assert any("RUN test ! -e /app/secret.pem" in step for step in room.said("progress"))
    assert any("said hello" in line for line in room.said("log"))
    assert room.status("ca1") == "Succeeded"


def test_a_failed_build_ends_with_the_last_lines_of_its_log(room: Room) -> None:
    with pytest.raises(grpc.RpcError, match="E: no such thing") as failed:
        room.build("FROM debian:bookworm-slim\nRUN echo 'E: no such thing' && exit 3\n")
    assert "of ACR Tasks ended as Failed" in str(failed.value)


def test_cancel_ends_the_run_in_the_registry(room: Room) -> None:
    number = 1 + sum(room.status(f"ca{number}") is not None for number in range(1, 9))
    cancel = threading.Thread(target=lambda: _cancel_when_running(room, f"ca{number}"))
    cancel.start()
    with pytest.raises(grpc.RpcError, match="cancelled"):
        room.build("FROM debian:bookworm-slim\nRUN sleep 60\n")
    cancel.join()
    assert eventually(lambda: room.status(f"ca{number}") == "Canceled", seconds=10)


def test_a_signed_address_is_good_for_its_own_place_only(room: Room) -> None:
    place = room.home.arm("POST", f"{_REGISTRY}/listBuildSourceUploadUrl", _VERSION).json()
    elsewhere = place["uploadUrl"].replace("sources/", "sources/0")
    endpoint = cloudnative_emulator.endpoint()
    assert endpoint
    headers, trust = {"x-ms-blob-type": "BlockBlob"}, ssl.create_default_context(cafile=endpoint.ca)
    answer = httpx.put(elsewhere, content=b"x", headers=headers, verify=trust)
    assert answer.status_code == 403


def test_a_request_is_judged_by_the_models_of_acr_tasks(room: Room) -> None:
    body = {"type": "DockerBuildRequest", "dockerfilePath": "Dockerfile", "platform": {"os": "linus"}}
    answer = room.home.arm("POST", f"{_REGISTRY}/scheduleRun", _VERSION, body)
    assert answer.status_code == 400
    for word in ("dockerfilePath", "dockerFilePath", "platform.os", "sourceLocation"):
        assert word in answer.json()["error"]["message"]


def _cancel_when_running(room: Room, run: str) -> None:
    eventually(lambda: room.status(run) == "Running", seconds=30)
    room.engine.Cancel(empty_pb2.Empty())

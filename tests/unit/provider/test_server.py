"""The plugin as the engine meets it: over gRPC."""

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import cloudnative_provider
from cloudnative_provider.server import Server
from cloudnative_provider.wire import COMPUTED, UNKNOWN, Secret, decode, encode

_URN = "urn:pulumi:dev::shop::cloudnative:index:{}::it"


@pytest.fixture
def server() -> Iterator[Server]:
    running = cloudnative_provider.start([])
    yield running
    running.stop(0.2)


@pytest.fixture
def engine(server: Server) -> Iterator[Any]:
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{server.port}", options=options) as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)


def _check(engine: Any, kind: str, **inputs: Any) -> Any:
    return engine.Check(provider_pb2.CheckRequest(urn=_URN.format(kind), news=encode(inputs)))


def test_the_schema_names_every_resource(engine: Any) -> None:
    schema = json.loads(engine.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert set(schema["resources"]) == {
        f"cloudnative:index:{name}"
        for name in ("Image", "UpstreamImage", "Bundle", "Release", "HealthGate", "GeneratedSecret")
    }


def test_configure_accepts_secrets_and_previews(engine: Any) -> None:
    answer = engine.Configure(provider_pb2.ConfigureRequest())
    assert answer.acceptSecrets
    assert answer.supportsPreview


def test_every_mistake_is_told_at_once(engine: Any) -> None:
    answer = _check(engine, "Release", cloud="emulator", objects="no", imagez={})
    assert {failure.property for failure in answer.failures} == {
        *("clusterId", "application", "images", "bundle", "objects", "imagez")
    }


def test_a_generated_secret_comes_back_marked_and_as_long_as_asked(engine: Any) -> None:
    request = provider_pb2.CreateRequest(
        urn=_URN.format("GeneratedSecret"), properties=encode({"length": 40})
    )
    value = decode(engine.Create(request).properties)["value"]
    assert isinstance(value, Secret)
    assert len(value.value) == 40


def test_a_preview_makes_no_secret(engine: Any) -> None:
    news = encode({"length": 40})
    request = provider_pb2.CreateRequest(urn=_URN.format("GeneratedSecret"), properties=news, preview=True)
    answer = engine.Create(request).properties
    assert decode(answer)["value"] == Secret(UNKNOWN)


@pytest.mark.parametrize(("new", "replaces"), [({"length": 32}, []), ({"length": 33}, ["length"])])
def test_a_secret_is_replaced_only_when_asked(engine: Any, new: dict[str, Any], replaces: list[str]) -> None:
    request = provider_pb2.DiffRequest(
        urn=_URN.format("GeneratedSecret"), news=encode(new), old_inputs=encode({"length": 32})
    )
    assert list(engine.Diff(request).replaces) == replaces


def test_a_payload_of_450_services_passes(engine: Any) -> None:
    objects = {f"apps/v1/Deployment/shop/service-{n}-" + "x" * 12_000: "a" * 64 for n in range(450)}
    inputs: dict[str, Any] = {
        "cloud": "emulator",
        "clusterId": "c",
        "application": "shop",
        "images": {},
        "bundle": {},
    }
    answer = _check(engine, "Release", **inputs, objects=objects)
    assert len(decode(answer.inputs)["objects"]) == 450


def test_without_an_emulator_the_error_says_how_to_start_one(
    engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    inputs: dict[str, Any] = {
        "cloud": "emulator",
        "clusterId": "/c",
        "application": "a",
        "objects": {},
        "images": {},
    }
    request = provider_pb2.CreateRequest(
        urn=_URN.format("Release"),
        properties=encode({**inputs, "bundle": {"ref": "r", "hash": "h", "number": 1}}),
    )
    with pytest.raises(grpc.RpcError, match="cloudnative emulator start") as caught:
        engine.Create(request)
    metadata: Any = caught.value
    assert "grpc-status-details-bin" in {entry.key for entry in metadata.trailing_metadata()}


def test_unknown_inputs_are_accepted_by_check(engine: Any) -> None:
    answer = _check(engine, "GeneratedSecret", length=UNKNOWN)
    assert not answer.failures
    assert answer.inputs["length"] == COMPUTED


def test_cancel_ends_a_running_operation_within_two_seconds(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        import asyncio

        await asyncio.sleep(60)

    monkeypatch.setattr("cloudnative_provider.generated_secret.GeneratedSecret.create", never)
    request = provider_pb2.CreateRequest(urn=_URN.format("GeneratedSecret"), properties=encode({"length": 9}))
    with ThreadPoolExecutor() as pool:
        running = pool.submit(engine.Create, request)
        time.sleep(0.2)
        began = time.monotonic()
        engine.Cancel(empty_pb2.Empty())
        with pytest.raises(grpc.RpcError, match="cancelled"):
            running.result(5)
    assert time.monotonic() - began < 2


def test_stop_may_be_called_twice() -> None:
    running = cloudnative_provider.start([])
    running.stop(0.1)
    running.stop(0.1)


def test_another_user_is_refused(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:

    def stranger(*_: object) -> int:
        return os.getuid() + 1

    monkeypatch.setattr("cloudnative_provider.peers.uid_of", stranger)
    with pytest.raises(grpc.RpcError, match="another user"):
        engine.GetPluginInfo(empty_pb2.Empty())

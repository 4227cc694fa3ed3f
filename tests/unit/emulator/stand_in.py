"""The engine's calls of the stand-in, for the tests beside this file."""

import time
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2
from tests.unit.emulator.fake_arm import SUBSCRIPTION, FakeArm

GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
REGISTRY_ID = f"{GROUP_ID}/providers/Microsoft.ContainerRegistry/registries/cr"
GROUP, REGISTRY = "azure-native:resources:ResourceGroup", "azure-native:containerregistry:Registry"
CLUSTER = "azure-native:containerservice:ManagedCluster"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(values, struct_pb2.Struct())


def plain(value: struct_pb2.Struct) -> dict[str, Any]:
    return json_format.MessageToDict(value)


def urn(type_token: str, name: str = "x") -> str:
    return f"urn:pulumi:dev::p::{type_token}::{name}"


class Provider:
    """The calls of the engine, in Python's terms."""

    def __init__(self, port: int) -> None:
        self.port = port
        # engines are processes of their own, so each has its own connection
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options)
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def check(
        self, type_token: str, news: dict[str, Any], olds: dict[str, Any] | None = None, seed: bytes = b""
    ) -> Any:
        request = provider_pb2.CheckRequest(
            urn=urn(type_token), news=struct(news), olds=struct(olds or {}), randomSeed=seed
        )
        return self.stub.Check(request)

    def diff(self, type_token: str, old: dict[str, Any], new: dict[str, Any]) -> Any:
        request = provider_pb2.DiffRequest(urn=urn(type_token), old_inputs=struct(old), news=struct(new))
        return self.stub.Diff(request)

    def create(
        self, type_token: str, inputs: dict[str, Any], *, preview: bool = False, timeout: float = 0
    ) -> Any:
        request = provider_pb2.CreateRequest(
            urn=urn(type_token), properties=struct(inputs), preview=preview, timeout=timeout
        )
        return self.stub.Create(request)

    def start_create(self, type_token: str, inputs: dict[str, Any]) -> Any:
        return self.stub.Create.future(
            provider_pb2.CreateRequest(urn=urn(type_token), properties=struct(inputs)), timeout=30
        )

    def read(self, type_token: str, arm_id: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
        request = provider_pb2.ReadRequest(
            id=arm_id, urn=urn(type_token), inputs=struct(inputs), properties=struct(outputs)
        )
        return self.stub.Read(request)

    def invoke(self, function: str, args: dict[str, Any]) -> dict[str, Any]:
        answer = self.stub.Invoke(provider_pb2.InvokeRequest(tok=function, args=struct(args)))
        return plain(getattr(answer, "return"))


def init_failure(error: Any) -> provider_pb2.ErrorResourceInitFailed:
    """What makes the engine keep a resource that failed; the details of the gRPC status."""
    metadata = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    return detail


def wait_until_polled(arm: FakeArm) -> None:
    while not any(path.startswith("/operations") for path, _ in arm.sent("GET")):
        time.sleep(0.005)


def registry_inputs(**more: Any) -> dict[str, Any]:
    fixed = {
        "resourceGroupName": "rg",
        "registryName": "cr",
        "location": "koreacentral",
        "sku": {"name": "Basic"},
    }
    return {**fixed, "adminUserEnabled": False, **more}

"""The plugin as a process, and what stands in for the engine: a monitor that answers with what it is sent.

Everything crosses as protobuf's Struct, so that every number arrives as a float.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import jwt
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)
from tests.unit.components.harness import SUBSCRIPTION, TENANT, maps_for_lists

PLUGIN = Path(__file__).parents[3] / "components/__main__.py"
_FEATURES = [
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
]
_STRUCT = json_format.ParseDict
OF_EVERYTHING: dict[str, Any] = {
    "principalId": "principal", "clientId": "client", "loginServer": "cr.azurecr.io", "digest": "sha256:1",
    "ref": "r/web@sha256:1", "number": 7, "hash": "h", "endpoints": [], "source": "", "bases": {},
    "oidcIssuerProfile": {"issuerURL": "https://issuer"}, "value": "made",
}  # fmt: skip


class Log(engine_pb2_grpc.EngineServicer):
    """Where the SDK's debug lines go: nowhere."""

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Remembers every resource; the names of the methods are the protocol's."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[str, dict[str, Any]]] = {}

    def GetDeploymentInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterPackage(self, request: Any, context: Any) -> Any:  # noqa: N802
        return resource_pb2.RegisterPackageResponse(ref="package")

    def RegisterResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        sent = json_format.MessageToDict(request.object)
        self.made[request.name] = (request.type, sent)
        answer = {**OF_EVERYTHING, "name": request.name, **sent, **maps_for_lists(sent)}
        urn = f"urn:pulumi:dev::team::{request.type}::{request.name}"
        identity = f"/id/{request.name}" if request.custom else ""
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=identity, object=_STRUCT(answer, struct_pb2.Struct())
        )

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        token = jwt.encode({"oid": "o"}, "k" * 32)
        client = {"clientId": "c", "objectId": "o", "subscriptionId": SUBSCRIPTION, "tenantId": TENANT}
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").update({**client, "token": token})
        return answer

    def ResourceInvoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self.Invoke(request, context)


class Plugin:
    """Our plugin, asked to construct components."""

    def __init__(self, stub: Any, monitor: Monitor, address: str) -> None:
        self._stub, self._address, self.monitor = stub, address, monitor

    def schema(self) -> dict[str, Any]:
        """What the plugin offers to programs in other languages."""
        request = provider_pb2.GetSchemaRequest(version=0)
        return json.loads(self._stub.GetSchema(request, timeout=60).schema)

    def construct(self, component: str, **inputs: Any) -> dict[str, Any]:
        """The outputs of a component; what it registers is in `monitor.made`."""
        self.monitor.made.clear()
        request = provider_pb2.ConstructRequest(
            project="team", stack="dev", type=f"cloudnative:index:{component}", name="it",
            monitorEndpoint=self._address, parallel=4,
            inputs=_STRUCT(inputs, struct_pb2.Struct()),
        )  # fmt: skip
        answer = self._stub.Construct(request, timeout=60)
        return json_format.MessageToDict(answer.state)

    def one(self, type_token: str) -> dict[str, Any]:
        """Inputs of the only resource of that type."""
        (only,) = [inputs for kind, inputs in self.monitor.made.values() if kind == type_token]
        return only


@contextmanager
def plugin() -> Generator[Plugin]:
    """The plugin's process and a monitor, for as long as it is used."""
    monitor = Monitor()
    server = grpc.server(futures.ThreadPoolExecutor(8))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(Log(), server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    command = [sys.executable, str(PLUGIN), address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel), monitor, address)
        finally:
            process.terminate()
    server.stop(0).wait()

"""A program that is not Python, as the engine sees one: a language host that knows only the wire.

It reads resources of a `Pulumi.yaml` as Pulumi's YAML host does (which cannot be had on every machine) and
registers them with plain structs; nothing of the Python SDK's resources takes part.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import (
    language_pb2,
    language_pb2_grpc,
    plugin_pb2,
    resource_pb2,
    resource_pb2_grpc,
)
from ruamel.yaml import YAML
from tests.acceptance.bare_engine import environment

from cloudnative_toolchain.programs import program

_REFERENCE = re.compile(r"\$\{(?P<name>[^.}]+)\.(?P<output>[^}]+)\}")
_SIGNATURE, _ASSET = "4dabf18193072939515e22adb298388d", "c44067f5952c0a294b673a41bacd8c17"  # on the wire
_SCHEMA = Path(__file__).parents[1] / "unit/components/schema.json"


class YamlHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs the Pulumi.yaml of one folder."""

    def __init__(self, file: Path) -> None:
        self.outputs: dict[str, Any] = {}
        self.made: dict[str, dict[str, Any]] = {}
        self._program: dict[str, Any] = YAML(typ="safe", pure=True).load(file)  # pyright: ignore[reportUnknownMemberType] - ruamel has no types
        self._components = {
            token
            for token, one in json.loads(_SCHEMA.read_text())["resources"].items()
            if one.get("isComponent")
        }

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        return language_pb2.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        return language_pb2.GetRequiredPackagesResponse()

    def About(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        return language_pb2.AboutResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        return plugin_pb2.PluginInfo(version="1.0.0")

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        return language_pb2.LanguageHandshakeResponse()

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        """Register the stack, every resource in order, then the stack's outputs."""
        with grpc.insecure_channel(request.monitor_address) as channel:
            monitor: Any = resource_pb2_grpc.ResourceMonitorStub(channel)
            name = f"{request.project}-{request.stack}"
            root = resource_pb2.RegisterResourceRequest(type="pulumi:pulumi:Stack", name=name)
            stack = monitor.RegisterResource(root)
            try:
                self.made = self._register(monitor, stack.urn)
            except grpc.RpcError as error:
                return language_pb2.RunResponse(error=error.details() or str(error))
            self.outputs = _filled(self._program["outputs"], self.made)
            done = resource_pb2.RegisterResourceOutputsRequest(urn=stack.urn, outputs=_struct(self.outputs))
            monitor.RegisterResourceOutputs(done)
        return language_pb2.RunResponse()

    def _register(self, monitor: Any, stack: str) -> dict[str, dict[str, Any]]:
        made: dict[str, dict[str, Any]] = {}
        for name, one in self._program["resources"].items():
            remote = one["type"] in self._components
            request = resource_pb2.RegisterResourceRequest(
                type=one["type"], name=name, parent=stack, custom=not remote, remote=remote,
                object=_struct(_filled(one["properties"], made)), acceptSecrets=True, acceptResources=True,
            )  # fmt: skip
            made[name] = json_format.MessageToDict(monitor.RegisterResource(request).object)
        return made


class Engine:
    """The bare engine in a folder with that host; of ours it knows what `emulator env` prints."""

    def __init__(self, command: Path, folder: Path) -> None:
        self._folder, self._command = folder, command

    def load(self, text: str) -> None:
        """The program that is run from now on."""
        file = self._folder / "Pulumi.yaml"
        file.write_text(text)
        self.host = YamlHost(file)
        self._environment = {**os.environ, **environment(str(self._command), self._folder)}

    def run(self, *arguments: str) -> str:
        """What `pulumi` prints, given a command that needs no program."""
        argv = [str(program("pulumi")), *arguments, "--non-interactive"]
        done = subprocess.run(
            argv, cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run_program(self, *arguments: str) -> str:
        """The same for `up` and `preview`, as JSON."""
        server = grpc.server(futures.ThreadPoolExecutor(4))
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(self.host, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        client = [f"--client=127.0.0.1:{port}", "--exec-kind=auto.inline", "--stack=dev", "--json"]
        printed = self.run(*arguments, *client)
        server.stop(0).wait()
        return printed


def _filled(value: Any, made: dict[str, dict[str, Any]]) -> Any:
    """`${name.output}` replaced by what the engine answered."""
    if isinstance(value, str):
        found = _REFERENCE.fullmatch(value)
        return made[found["name"]][found["output"]] if found else value
    if isinstance(value, dict) and "fn::stringAsset" in value:
        return {_SIGNATURE: _ASSET, "text": value["fn::stringAsset"]}  # pyright: ignore[reportUnknownVariableType] - YAML
    if isinstance(value, dict):
        return {name: _filled(item, made) for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType] - YAML
    return value


def _struct(value: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(value, struct_pb2.Struct())

"""The one gRPC service: our resources by their classes, components by the SDK's own host."""

# ruff: noqa: ARG002, N802  the names and parameters are those of the protocol

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import grpc
import grpc.aio
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from cloudnative_toolchain.errors import CloudnativeError

from .answers import abort_with_detail, difference, readable
from .events import Reporter
from .hosting import ComponentHost
from .resource import Call, InitFailed, Properties, Resource, cancelled, failures
from .wire import decode, encode

_DEFAULT_TIMEOUT = 1800.0
Context = grpc.aio.ServicerContext[Any, Any]


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine. Nothing of a request or of Configure is kept between two calls."""

    def __init__(
        self, resources: Sequence[Resource], host: ComponentHost, reporter: Reporter, version: str
    ) -> None:
        self._resources = {resource.token: resource for resource in resources}
        self._host, self._reporter, self._version = host, reporter, version
        self._running: set[asyncio.Task[Any]] = set()

    async def Handshake(self, request: Any, context: Context) -> Any:
        """The engine introduces itself; its address is where our log lines go."""
        self.attach(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=True
        )

    async def Attach(self, request: Any, context: Context) -> Any:
        """The same for an engine that was told our port."""
        self.attach(request.address)
        return empty_pb2.Empty()

    async def GetPluginInfo(self, request: Any, context: Context) -> Any:
        """The version of the distribution."""
        return plugin_pb2.PluginInfo(version=self._version)

    async def GetSchema(self, request: Any, context: Context) -> Any:
        """Resources and components of this plugin."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps(self._host.schema()))

    async def CheckConfig(self, request: Any, context: Context) -> Any:
        """Every configuration is fine: there is none."""
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Context) -> Any:
        """No configuration ever differs."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Configure(self, request: Any, context: Context) -> Any:
        """Previews are answered, and secrets arrive marked."""
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=True
        )

    async def Construct(self, request: Any, context: Context) -> Any:
        """A component, by the SDK."""
        return await self._host.construct(request, context)

    async def Call(self, request: Any, context: Context) -> Any:
        """A component's method, by the SDK."""
        return await self._host.call(request, context)

    async def Check(self, request: Any, context: Context) -> Any:
        """Inputs with defaults, or every mistake in them."""
        resource, call = self._open(request, news=request.news, olds=request.olds)

        async def answer() -> Any:
            found = failures(resource, call.inputs)
            inputs, more = (call.news, []) if found else await resource.check(call)
            problems = [
                provider_pb2.CheckFailure(property=one.property, reason=one.reason) for one in [*found, *more]
            ]
            return provider_pb2.CheckResponse(inputs=encode(inputs), failures=problems)

        return await self._guard(context, answer)

    async def Diff(self, request: Any, context: Context) -> Any:
        """What differs, path by path."""
        resource, call = self._open(request, news=request.news, olds=request.old_inputs, outputs=request.olds)

        async def answer() -> Any:
            change = await resource.diff(call)
            return difference(change.paths)

        return await self._guard(context, answer)

    async def Create(self, request: Any, context: Context) -> Any:
        """Id and outputs, or `ErrorResourceInitFailed`."""
        resource, call = self._open(request, news=request.properties)

        async def answer() -> Any:
            identity, outputs = await resource.create(call)
            return provider_pb2.CreateResponse(id=identity, properties=encode(resource.mark(outputs)))

        return await self._guard(context, answer, resource, call)

    async def Update(self, request: Any, context: Context) -> Any:
        """Outputs, or `ErrorResourceInitFailed`."""
        resource, call = self._open(request, news=request.news, olds=request.old_inputs, outputs=request.olds)

        async def answer() -> Any:
            return provider_pb2.UpdateResponse(properties=encode(resource.mark(await resource.update(call))))

        return await self._guard(context, answer, resource, call)

    async def Read(self, request: Any, context: Context) -> Any:
        """What is really there; an empty id when it is gone."""
        resource, call = self._open(request, olds=request.inputs, outputs=request.properties)

        async def answer() -> Any:
            identity, inputs, outputs = await resource.read(call)
            marked = encode(resource.mark(outputs))
            return provider_pb2.ReadResponse(id=identity, inputs=encode(inputs), properties=marked)

        return await self._guard(context, answer)

    async def Delete(self, request: Any, context: Context) -> Any:
        """Gone when it returns."""
        resource, call = self._open(request, olds=request.old_inputs, outputs=request.properties)

        async def answer() -> Any:
            await resource.delete(call)
            return empty_pb2.Empty()

        return await self._guard(context, answer)

    async def Cancel(self, request: Any, context: Context) -> Any:
        """Every running operation ends now and says that it was cancelled."""
        self.cancel()
        return empty_pb2.Empty()

    def cancel(self) -> None:
        """End every running operation."""
        for task in self._running:
            task.cancel()

    def attach(self, address: str) -> None:
        """The engine that log lines and components go to."""
        self._reporter.attach(address)
        self._host.attach(address)

    def _open(
        self,
        request: Any,
        *,
        news: struct_pb2.Struct | None = None,
        olds: struct_pb2.Struct | None = None,
        outputs: struct_pb2.Struct | None = None,
    ) -> tuple[Resource, Call]:
        token = request.urn.split("::")[2].rpartition("$")[2]
        if token not in self._resources:
            raise KeyError(f"{token} is not a resource of this plugin")
        return self._resources[token], Call(
            urn=request.urn,
            id=getattr(request, "id", ""),
            news=_properties(news),
            olds=_properties(olds),
            outputs=_properties(outputs),
            preview=getattr(request, "preview", False),
            timeout=getattr(request, "timeout", 0) or _DEFAULT_TIMEOUT,
            emit=self._reporter.emit,
        )

    async def _guard(
        self,
        context: Context,
        answer: Callable[[], Awaitable[Any]],
        resource: Resource | None = None,
        call: Call | None = None,
    ) -> Any:
        task = asyncio.ensure_future(answer())
        self._running.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            await context.abort(grpc.StatusCode.CANCELLED, str(cancelled("the operation")))
        except InitFailed as failed:
            assert resource is not None  # noqa: S101 - for the type checker: decided above
            assert call is not None  # noqa: S101 - for the type checker: decided above
            self._tell(call.urn, failed.error)
            await abort_with_detail(context, failed, resource, call)
        except CloudnativeError as error:
            if call is not None:
                self._tell(call.urn, error)
            await context.abort(grpc.StatusCode.UNKNOWN, readable(error))
        finally:
            self._running.discard(task)

    def _tell(self, urn: str, error: CloudnativeError) -> None:
        event = {"kind": "problem", "urn": urn, "final": True, "exit_code": int(error.exit_code)}
        self._reporter.emit({**event, **error.to_dict()})


def _properties(struct: struct_pb2.Struct | None) -> Properties:
    return decode(struct) if struct is not None else {}

"""Pulumi's resource provider protocol for the stand-in: the gRPC edge, nothing else."""

# ruff: noqa: N802, ARG002 - the names and arguments are those of Pulumi's protocol

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from .arm_client import ArmClient, ArmError, CancelledError, Endpoint, Session, SignsIn
from .differences import Change, differences, drifted_inputs
from .failures import abort_partially
from .functions import UnknownFunctionError, invoke
from .lifecycle import AlreadyExistsError, Lifecycle, PartialFailureError, checked, preview_outputs
from .property_values import from_struct, mark_secrets, reveal, to_struct
from .resource_types import RESOURCE_TYPES, ResourceType
from .waits import Waits

# The wheel's version, so that the engine is content; the build metadata says who really answers.
VERSION = "3.29.0+cloudnative.emulator"
_DIFF = provider_pb2.DiffResponse
# Who runs it changes nothing in what it made: a laptop and a pipeline take turns on one stack.
_WHO = {"clientId", "useOidc", "oidcTokenFilePath"}
_KINDS = {
    (Change.ADD, False): provider_pb2.PropertyDiff.ADD,
    (Change.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (Change.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (Change.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (Change.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (Change.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class StandIn(provider_pb2_grpc.ResourceProviderServicer):
    """Answers for azure-native over the emulator's ARM API; of a configuration it keeps who signs in."""

    def __init__(self, session: Callable[[SignsIn], Session]) -> None:
        self._sessions = session
        self._waits = Waits()
        self._signs_in: dict[str, SignsIn] = {}  # by connection: each provider of an engine has its own

    def cancel_all(self) -> None:
        """End every wait, for a stop."""
        self._waits.cancel()

    # --- the plugin itself -------------------------------------------------------------------------------

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        types: dict[str, dict[str, str]] = {name: {} for name in RESOURCE_TYPES}
        schema = {"name": "azure-native", "version": VERSION, "resources": types}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def Cancel(self, request: Any, context: Any) -> Any:
        self._waits.cancel(context.peer())
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        old, new = reveal(from_struct(request.old_inputs)), reveal(from_struct(request.news))
        changed = [name for name in {*old, *new} - _WHO if old.get(name) != new.get(name)]
        elsewhere = [name for name in changed if name in {"subscriptionId", "tenantId"}]
        return _DIFF(
            changes=_DIFF.DIFF_SOME if changed else _DIFF.DIFF_NONE, replaces=elsewhere, diffs=changed
        )

    def Configure(self, request: Any, context: Any) -> Any:
        config = reveal(from_struct(request.args))
        self._signs_in[context.peer()] = SignsIn.of(config)
        endpoint = self._endpoint(context)
        for name, ours in (
            ("metadataHost", endpoint.host),
            ("tenantId", endpoint.tenant),
            ("subscriptionId", endpoint.subscription),
        ):
            if config.get(name) not in {None, "", ours}:
                text = f"this provider serves the emulator, whose {name} is {ours!r}, not {config[name]!r}"
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    # --- resources ---------------------------------------------------------------------------------------

    def Check(self, request: Any, context: Any) -> Any:
        resource_type = _type_of(request, context)
        with self._calling(context) as (client, endpoint):
            inputs, failures = checked(
                resource_type,
                from_struct(request.news),
                from_struct(request.olds),
                logical_name=request.urn.rsplit("::", 1)[-1],
                seed=request.randomSeed,
                group_location=lambda group: _group_location(group, client, endpoint),
            )
        return provider_pb2.CheckResponse(
            inputs=to_struct(inputs),
            failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures],
        )

    def Diff(self, request: Any, context: Any) -> Any:
        resource_type = _type_of(request, context)
        old, new = reveal(from_struct(request.old_inputs)), reveal(from_struct(request.news))
        found = differences(old, new, resource_type)
        detailed = {
            each.path: provider_pb2.PropertyDiff(kind=_KINDS[each.change, each.replaces], inputDiff=True)
            for each in found
        }
        same_id = all(
            str(old.get(name)).lower() == str(new.get(name)).lower() for name in resource_type.path_inputs
        )
        replaces = sorted({_top(each.path) for each in found if each.replaces})
        return _DIFF(
            changes=_DIFF.DIFF_SOME if found else _DIFF.DIFF_NONE,
            replaces=replaces,
            diffs=sorted({_top(each.path) for each in found}),
            detailedDiff=detailed,
            hasDetailedDiff=True,
            deleteBeforeReplace=bool(replaces) and same_id,
        )

    def Create(self, request: Any, context: Any) -> Any:
        resource_type, inputs = _type_of(request, context), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(
                properties=to_struct(preview_outputs(resource_type, inputs, {}))
            )
        with self._calling(context, request.timeout, inputs) as (client, endpoint):
            lifecycle = Lifecycle(resource_type, client, endpoint.subscription)
            arm_id, outputs = lifecycle.create(reveal(inputs))
        return provider_pb2.CreateResponse(id=arm_id, properties=to_struct(mark_secrets(outputs, inputs)))

    def Read(self, request: Any, context: Any) -> Any:
        resource_type = _type_of(request, context)
        inputs, before = from_struct(request.inputs), reveal(from_struct(request.properties))
        with self._calling(context, request.timeout) as (client, endpoint):
            outputs = Lifecycle(resource_type, client, endpoint.subscription).read(request.id)
        if outputs is None:
            return provider_pb2.ReadResponse()
        known = reveal(inputs) or _inputs_for_import(resource_type, request.id, outputs)
        now = mark_secrets(drifted_inputs(known, before or known, outputs, resource_type.shape), inputs)
        return provider_pb2.ReadResponse(
            id=request.id, properties=to_struct(mark_secrets(outputs, inputs)), inputs=to_struct(now)
        )

    def Update(self, request: Any, context: Any) -> Any:
        resource_type, news = _type_of(request, context), from_struct(request.news)
        if request.preview:
            olds = from_struct(request.olds)
            return provider_pb2.UpdateResponse(
                properties=to_struct(preview_outputs(resource_type, news, olds))
            )
        with self._calling(context, request.timeout, news) as (client, endpoint):
            lifecycle = Lifecycle(resource_type, client, endpoint.subscription)
            outputs = lifecycle.update(request.id, reveal(news))
        return provider_pb2.UpdateResponse(properties=to_struct(mark_secrets(outputs, news)))

    def Delete(self, request: Any, context: Any) -> Any:
        resource_type = _type_of(request, context)
        with self._calling(context, request.timeout) as (client, endpoint):
            Lifecycle(resource_type, client, endpoint.subscription).delete(request.id)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        with self._calling(context) as (client, endpoint):
            result = invoke(request.tok, reveal(from_struct(request.args)), client, endpoint)
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(result))
        return response

    # --- how a call ends ---------------------------------------------------------------------------------

    def _session(self, context: Any) -> Session:
        return self._sessions(self._signs_in.get(context.peer(), SignsIn()))

    def _endpoint(self, context: Any) -> Endpoint:
        try:
            return self._session(context).endpoint
        except OSError as error:
            context.abort(grpc.StatusCode.UNAVAILABLE, f"the emulator is not running: {error}")
            raise

    @contextmanager
    def _calling(
        self, context: Any, timeout: float = 0, inputs: dict[str, Any] | None = None
    ) -> Generator[tuple[ArmClient, Endpoint]]:
        """A client for one call; what goes wrong in it becomes a gRPC status."""
        endpoint = self._endpoint(context)
        deadline = time.monotonic() + timeout if timeout else None
        with self._waits.waiting(context) as cancelled:
            try:
                yield ArmClient(self._session(context), cancelled, deadline=deadline), endpoint
            except PartialFailureError as failure:
                abort_partially(context, failure, inputs or {})
            except (AlreadyExistsError, ArmError, UnknownFunctionError) as error:
                context.abort(grpc.StatusCode.UNKNOWN, str(error))
            except CancelledError:
                context.abort(grpc.StatusCode.CANCELLED, "cancelled")


def _type_of(request: Any, context: Any) -> ResourceType:
    name = request.type or request.urn.split("::")[2].rsplit("$", 1)[-1]
    if known := RESOURCE_TYPES.get(name):
        return known
    text = f"{name} is not known to the emulator's azure-native stand-in: {', '.join(RESOURCE_TYPES)}"
    context.abort(grpc.StatusCode.UNIMPLEMENTED, text)
    raise KeyError(name)


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _group_location(group: str, client: ArmClient, endpoint: Endpoint) -> str | None:
    found = client.get(f"/subscriptions/{endpoint.subscription}/resourceGroups/{group}", "2024-03-01")
    return str(found["location"]) if found else None


def _inputs_for_import(resource_type: ResourceType, arm_id: str, outputs: dict[str, Any]) -> dict[str, Any]:
    """What an import starts from: the names in the id, and what the service says that users set."""
    chosen = {
        name: outputs[name]
        for name in ("location", "tags", "sku", "kind", *resource_type.required)
        if name in outputs
    }
    return {**chosen, **resource_type.inputs_of(arm_id)}

"""Answers in the protocol's own words: differences, and failures with what they left behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from cloudnative_toolchain.errors import CloudnativeError

from .resource import Call, InitFailed, Resource
from .wire import encode

_KINDS = {name.lower().replace("_", "-"): value for name, value in provider_pb2.PropertyDiff.Kind.items()}


def readable(error: CloudnativeError) -> str:
    """An error as the engine prints it: what, why, and the command that mends it."""
    return "\n".join([str(error), *([f"fix: {error.fix}"] if error.fix else []), f"[{error.code}]"])


class _Status(grpc.Status):
    """A status with details. Not by grpcio-status: its google.rpc.Status clashes with the SDK's own copy."""

    def __init__(self, code: grpc.StatusCode, details: str, serialized: bytes) -> None:
        self.code, self.details = code, details
        self.trailing_metadata = (("grpc-status-details-bin", serialized),)


async def abort_with_detail(context: Any, failed: InitFailed, resource: Resource, call: Call) -> None:
    """End the call so that the engine keeps the resource in state and forces its next update."""
    reason = readable(failed.error)
    detail = provider_pb2.ErrorResourceInitFailed(
        id=failed.id,
        properties=encode(resource.mark(failed.outputs)),
        inputs=encode(call.news),
        reasons=[reason],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason)
    status.details.add().Pack(detail)
    await context.abort_with_status(_Status(grpc.StatusCode.UNKNOWN, reason, status.SerializeToString()))


def difference(paths: Mapping[str, str]) -> Any:
    """What differs, path by path."""
    detailed = {
        path: provider_pb2.PropertyDiff(kind=_KINDS[operation], inputDiff=True)
        for path, operation in paths.items()
    }
    replaces = [path for path, operation in paths.items() if operation.endswith("-replace")]
    some = provider_pb2.DiffResponse.DIFF_SOME if paths else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some,
        diffs=sorted({path.partition("[")[0] for path in paths}),
        replaces=replaces,
        detailedDiff=detailed,
        hasDetailedDiff=bool(paths),
        deleteBeforeReplace=False,
    )

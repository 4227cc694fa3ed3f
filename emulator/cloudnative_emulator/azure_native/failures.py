"""A failure after which the engine keeps the resource, as a gRPC status."""

from __future__ import annotations

from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from .lifecycle import PartialFailureError
from .property_values import mark_secrets, to_struct


def abort_partially(context: Any, failure: PartialFailureError, inputs: dict[str, Any]) -> NoReturn:
    """The status that makes the engine keep the resource and try again on the next update."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=failure.arm_id,
            properties=to_struct(mark_secrets(failure.outputs, inputs)),
            reasons=[failure.reason],
            inputs=to_struct(inputs),
        )
    )
    # Not grpcio-status: it brings a second google.rpc.Status, and pulumi.provider then refuses to load.
    status = status_pb2.Status(
        code=grpc.StatusCode.UNKNOWN.value[0], message=failure.reason, details=[detail]
    )
    context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
    context.abort(grpc.StatusCode.UNKNOWN, failure.reason)
    raise failure

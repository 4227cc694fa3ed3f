"""Records what a program registers: inputs through Pulumi's mocks, options through the monitor."""

from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime import mocks

SUBSCRIPTION = "00000000-1111-2222-3333-444444444444"
TENANT = "00000000-1111-2222-3333-555555555555"
# Any: the SDK leaves the dictionaries of its mocks without types
Answer = Callable[[Any], dict[str, Any]]


class Recorder(mocks.Mocks):
    """Answers every resource with its inputs and what `answer` adds; keeps inputs and requests by name."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer: Answer = answer or _nothing
        self.made: list[Any] = []
        self.requests: dict[str, Any] = {}
        self.summaries: list[Any] = []
        self.client = {"clientId": "c", "objectId": "o", "subscriptionId": SUBSCRIPTION, "tenantId": TENANT}

    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        self.made.append(args)
        state: dict[str, Any] = {
            **args.inputs,
            "name": args.name,
            **maps_for_lists(args.inputs),
            **self.answer(args),
        }
        return f"/id/{args.name}", state

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return (self.client if "getClient" in args.token else {}), []

    def of(self, type_token: str) -> list[dict[str, Any]]:
        """Inputs of every resource of that type, in the order they were registered."""
        return [made.inputs for made in self.made if made.typ == type_token]

    def one(self, type_token: str) -> dict[str, Any]:
        """Inputs of the only resource of that type."""
        (only,) = self.of(type_token)
        return only


class RecordingMonitor(mocks.MockMonitor):
    """Keeps whole requests, the only offline look at parents, dependencies and secret outputs."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name is Pulumi's
        self.mocks.requests[request.name] = request  # type: ignore[attr-defined] - set in record()
        return super().RegisterResource(request)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - mocks have no types


def record(answer: Answer | None = None, *, preview: bool = False) -> Recorder:
    """Start recording: everything constructed from here on is kept."""
    recorder = Recorder(answer)
    mocks.set_mocks(
        recorder, project="cloudnative", stack="dev", preview=preview, monitor=RecordingMonitor(recorder)
    )
    return recorder


def run(program: Callable[[], Any]) -> None:
    """Run a program to its end, resources and outputs included."""
    run_to_end: Any = vars(pulumi.runtime)["test"]
    run_to_end(program)()


def _nothing(_: Any) -> dict[str, Any]:
    return {}


def maps_for_lists(inputs: dict[str, Any]) -> dict[str, Any]:
    """Identities go in as a list and come out as a map (azure-baseline trap 8)."""
    identity: dict[str, Any] = inputs.get("identity") or {}
    if "userAssignedIdentities" not in identity:
        return {}
    ids: list[str] = identity["userAssignedIdentities"]
    return {"identity": {**identity, "userAssignedIdentities": {one: {} for one in ids}}}

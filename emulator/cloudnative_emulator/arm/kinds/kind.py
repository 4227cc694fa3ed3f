"""What one resource type does beyond being stored and echoed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.faults import Fault
    from cloudnative_emulator.arm.ids import Target
    from cloudnative_emulator.arm.store import Body
    from cloudnative_emulator.identity.tokens import Principal


@dataclass(frozen=True)
class Call:
    """One request to one resource."""

    cloud: Cloud
    target: Target
    principal: Principal
    query: Mapping[str, str]
    payload: Any = None
    fault: Fault | None = None  # a rule that spoils the long-running operation


@dataclass(frozen=True)
class Later:
    """An action's answer when the work goes on: 202, and where the client polls."""

    operation_id: str


class Kind:
    """Store and echo; types override what they do differently."""

    slow_put = False
    slow_delete = False
    states = True  # whether properties carry provisioningState
    tracked = True  # whether it has a location
    long_actions: frozenset[str] = frozenset()  # actions that wait for nothing else to be under way

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """The document to store: what was sent, checked, with what only Azure computes."""
        _ = call, old
        return body

    def view(self, cloud: Cloud, body: Body) -> Body:
        """The document as a GET shows it."""
        _ = cloud
        return body

    async def make(self, cloud: Cloud, body: Body) -> None:
        """Make the real thing; runs in the background when `slow_put`."""

    async def remove(self, cloud: Cloud, body: Body) -> None:
        """Take the real thing away; the document goes afterwards."""

    def check_delete(self, cloud: Cloud, body: Body) -> None:
        """Refuse a delete while something else needs it."""

    def actions(self) -> Mapping[str, Callable[[Call, Body], Awaitable[Body | Later]]]:
        """POST actions by their lower-case name."""
        return {}

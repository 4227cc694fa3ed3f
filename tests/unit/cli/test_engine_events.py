"""The engine's events in the command's words."""

from typing import Any

import pytest

from cloudnative.runs.engine_events import translate
from cloudnative.wording import is_real

URN = "urn:pulumi:dev::p::cloudnative:index:Region::dev"


def step(**state: Any) -> dict[str, Any]:
    metadata = {"op": "create", "urn": URN, "type": "cloudnative:index:Region", **state}
    event = translate({"resourcePreEvent": {"metadata": metadata}})
    assert event is not None
    return event


@pytest.mark.parametrize("side", ["new", "old"])
def test_a_component_is_no_thing_of_its_own(side: str) -> None:
    """As engine 3.245.0 writes it: `custom` is left out where it is false."""
    assert not is_real(step(**{side: {"urn": URN}}))
    assert is_real(step(**{side: {"urn": URN, "custom": True}}))

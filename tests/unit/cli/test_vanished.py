"""What was deleted behind our back: gone where ARM says so, and nowhere else."""

from typing import Any

import pytest

from cloudnative.report import CLUSTER, GROUP
from cloudnative.vanished import is_there
from cloudnative_toolchain.errors import CloudnativeError

_CLUSTER = {"type": CLUSTER, "inputs": {"resourceGroupName": "g", "resourceName": "aks"}}


class Answers:
    """ARM with one answer; keeps what it was asked for."""

    subscription = "s"

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, list[str]()

    def get(self, identity: str, _: str) -> Any:
        self.asked.append(identity)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "there"),
    [({"properties": {"provisioningState": "Updating"}}, True), ({}, True), (None, False)],
)
def test_a_resource_is_gone_only_where_arm_does_not_know_it(answer: Any, there: bool):
    arm: Any = Answers(answer)

    assert is_there(arm, _CLUSTER) is there
    assert arm.asked[0].endswith("/managedClusters/aks")


def test_a_silent_arm_is_an_error():
    arm: Any = Answers(CloudnativeError(code="azure.unreachable", what="azure"))

    with pytest.raises(CloudnativeError):
        is_there(arm, {"type": GROUP, "inputs": {"resourceGroupName": "g"}})

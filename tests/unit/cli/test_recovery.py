"""Pending operations of a killed run, settled by asking: tables over exported state."""

from typing import Any

import pytest

from cloudnative.arm_ids import arm_path
from cloudnative.runs.recovery import recover, unfinished
from cloudnative_toolchain.errors import CloudnativeError

GROUP = "azure-native:resources:ResourceGroup"
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"


def resource(type_: str = GROUP, name: str = "rg", **fields: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::p::{type_}::{name}"
    return {"urn": urn, "type": type_, "custom": True, "inputs": {"resourceGroupName": name}, **fields}


def state(*pending: tuple[str, dict[str, Any]], resources: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    operations = [{"type": kind, "resource": about} for kind, about in pending]
    return {"manifest": {}, "resources": list(resources), "pending_operations": operations}


def urns(deployment: dict[str, Any]) -> list[str]:
    return [r["urn"] for r in deployment["resources"]]


def test_a_create_that_reached_azure_is_adopted_last_and_read() -> None:
    first, made = resource(name="first", id="/first"), resource()
    result = recover(state(("creating", made), resources=(first,)), lambda _: "/made")
    assert urns(result.deployment) == [first["urn"], made["urn"]]
    assert result.deployment["resources"][-1]["id"] == "/made"
    assert result.refresh == [made["urn"]]


def test_a_create_that_never_arrived_is_dropped() -> None:
    result = recover(state(("creating", resource())), lambda _: None)
    assert result.deployment["resources"] == []
    assert result.dropped == [resource()["urn"]]


def test_nothing_is_decided_while_azure_cannot_be_asked() -> None:
    def unreachable(_: dict[str, Any]) -> str | None:
        raise CloudnativeError(code="azure.unreachable", what="no answer")

    with pytest.raises(CloudnativeError):
        recover(state(("creating", resource())), unreachable)


@pytest.mark.parametrize(
    "type_", ["cloudnative:index:Release", "cloudnative:index:Image", "pulumi:providers:azure-native"]
)
def test_what_may_be_done_twice_is_not_asked_about(type_: str) -> None:
    def never(_: dict[str, Any]) -> str | None:
        raise AssertionError

    assert recover(state(("creating", resource(type_))), never).adopted == []


@pytest.mark.parametrize("kind", ["updating", "deleting", "reading", "importing"])
def test_other_operations_are_dropped_and_their_resource_is_read(kind: str) -> None:
    known = resource(id="/rg")
    result = recover(state((kind, known), resources=(known,)), lambda _: None)
    assert urns(result.deployment) == [known["urn"]]
    assert result.refresh == [known["urn"]]


def test_a_delete_of_what_the_state_has_forgotten_leaves_nothing_to_read() -> None:
    assert recover(state(("deleting", resource(id="/rg"))), lambda _: None).refresh == []


def test_a_replacement_takes_the_place_of_what_it_replaces() -> None:
    old = resource(id="/old", pendingReplacement=True)
    result = recover(state(("creating", resource()), resources=(old,)), lambda _: "/new")
    assert [r["id"] for r in result.deployment["resources"]] == ["/new"]


def test_no_pending_operation_is_left_and_the_given_state_is_untouched() -> None:
    before = state(("creating", resource()))
    assert "pending_operations" not in recover(before, lambda _: "/rg").deployment
    assert before["pending_operations"]


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        (GROUP, {"resourceGroupName": "rg"}, f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"),
        (
            "azure-native:containerservice:ManagedCluster",
            {"resourceGroupName": "rg", "resourceName": "aks"},
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks",
        ),
        (
            "azure-native:authorization:RoleAssignment",
            {"scope": "/subscriptions/s/resourceGroups/rg", "roleAssignmentName": "guid"},
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Authorization/roleAssignments/guid",
        ),
    ],
)
def test_ids_are_computed_from_inputs(type_: str, inputs: dict[str, Any], path: str) -> None:
    computed = arm_path(type_, inputs, SUBSCRIPTION)
    assert computed is not None
    assert computed[0] == path


@pytest.mark.parametrize("type_", ["azure-native:web:WebApp", "kubernetes:core/v1:Pod", GROUP])
def test_an_id_that_cannot_be_told_is_none(type_: str) -> None:
    assert arm_path(type_, {}, SUBSCRIPTION) is None


def test_what_azure_may_still_work_on_is_its_own_with_an_end_that_no_run_saw() -> None:
    broken = resource(initErrors=["cancelled"])
    release = resource("cloudnative:index:Release", "shop", initErrors=["crash"])
    assert unfinished(state(resources=(resource(name="whole"), broken, release))) == [broken]
    assert unfinished({}) == []

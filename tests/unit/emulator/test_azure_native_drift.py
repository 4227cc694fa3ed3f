"""What the stand-in says of changes: checks, diffs, replacements, refreshes."""

from typing import Any

import pytest
from tests.unit.emulator.fake_arm import FakeArm
from tests.unit.emulator.stand_in import (
    CLUSTER,
    GROUP_ID,
    REGISTRY,
    REGISTRY_ID,
    Provider,
    plain,
    registry_inputs,
)


def test_read_of_what_is_gone_answers_without_id(provider: Provider):
    assert provider.read(REGISTRY, REGISTRY_ID, registry_inputs(), {}).id == ""


def test_refresh_puts_drift_into_the_inputs_and_leaves_service_defaults_out(arm: FakeArm, provider: Provider):
    inputs = registry_inputs(tags={"a": "b"})
    before = provider.create(REGISTRY, inputs)
    changed = arm.store[REGISTRY_ID.lower()]
    changed["tags"] = {"a": "b", "by": "hand"}
    changed["properties"] = {"adminUserEnabled": True, "creationDate": "now"}

    now = provider.read(REGISTRY, REGISTRY_ID, inputs, plain(before.properties))

    assert plain(now.inputs) == {**inputs, "tags": {"a": "b", "by": "hand"}, "adminUserEnabled": True}


def test_unchanged_resource_refreshes_to_the_same_inputs(provider: Provider):
    identity = {"type": "UserAssigned", "userAssignedIdentities": ["/id/B", "/id/A"]}
    inputs = {
        "resourceGroupName": "rg",
        "resourceName": "aks",
        "location": "koreacentral",
        "identity": identity,
    }
    before = provider.create(CLUSTER, inputs)

    now = provider.read(CLUSTER, before.id, inputs, plain(before.properties))

    assert plain(now.inputs) == inputs


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"tags": {"a": "c"}}, []),
        ({"dnsPrefix": "other"}, ["dnsPrefix"]),
        ({"networkProfile": {"podCidr": "10.1.0.0/16"}}, ["networkProfile"]),
        ({"networkProfile": {"podCidr": "10.0.0.0/16", "loadBalancerSku": "basic"}}, []),
        ({"location": "Korea Central"}, None),
        ({"resourceName": "aks2"}, ["resourceName"]),
    ],
)
def test_immutable_properties_replace(provider: Provider, change: dict[str, Any], replaces: list[str] | None):
    old = {
        "resourceGroupName": "rg",
        "resourceName": "aks",
        "location": "koreacentral",
        "dnsPrefix": "d",
        "networkProfile": {"podCidr": "10.0.0.0/16"},
    }

    diff = provider.diff(CLUSTER, old, {**old, **change})

    assert diff.changes == (diff.DIFF_NONE if replaces is None else diff.DIFF_SOME)
    assert list(diff.replaces) == (replaces or [])


def test_replacement_under_the_same_id_deletes_first(provider: Provider):
    old = {"resourceGroupName": "rg", "resourceName": "aks", "dnsPrefix": "a"}

    assert provider.diff(CLUSTER, old, {**old, "dnsPrefix": "b"}).deleteBeforeReplace
    assert not provider.diff(CLUSTER, old, {**old, "resourceName": "b"}).deleteBeforeReplace


def test_check_takes_the_location_of_the_group_and_names_what_has_no_name(arm: FakeArm, provider: Provider):
    arm.store[GROUP_ID.lower()] = {"id": GROUP_ID, "location": "koreacentral"}

    answer = provider.check(REGISTRY, {"resourceGroupName": "rg", "sku": {"name": "Basic"}}, seed=b"seed")

    inputs = plain(answer.inputs)
    assert inputs["location"] == "koreacentral"
    assert inputs["registryName"].startswith("x")
    assert len(inputs["registryName"]) == 9


def test_check_names_what_is_missing(provider: Provider):
    answer = provider.check(REGISTRY, {"location": "koreacentral"})

    assert [failure.property for failure in answer.failures] == ["resourceGroupName", "sku"]

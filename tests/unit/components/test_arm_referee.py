"""Azure's own models judge every request body of whole environments, and of a known-bad twin of each."""

import copy
from typing import Any

import pytest
from tests.unit.components.profile_runs import arm_bodies, profile

from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.referee import rules
from cloudnative_emulator.arm.referee.tables import known

PRIVATE = {"authorized_ip_ranges": (), "private_cluster": True}


def test_every_type_that_an_environment_makes_has_a_judge() -> None:
    types = {kind for kind, *_ in arm_bodies(profile("prod", **PRIVATE))}
    assert len(types) >= 22
    assert [kind for kind in types if not known(kind.partition("/")[0]).versions(kind)] == []


@pytest.mark.parametrize("name", ["dev", "prod"])
@pytest.mark.parametrize("changes", [{}, PRIVATE], ids=["ranges", "private"])
def test_azures_models_accept_every_body(name: str, changes: dict[str, Any]) -> None:
    for kind, version, arm_id, body in arm_bodies(profile(name, **changes)):
        rules.check(kind, version, body, arm_id)


def test_azures_models_refuse_the_bad_twin_of_every_body() -> None:
    for kind, version, arm_id, body in arm_bodies(profile("prod", **PRIVATE)):
        for twin in _twins(body):
            with pytest.raises(ArmError, match="InvalidRequestContent"):
                rules.check(kind, version, twin, arm_id)


def _twins(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The same with a misspelt key at the outermost place, and in the properties where there are some."""
    twins: list[dict[str, Any]] = [{**body, "propertis": {}}]
    if "properties" in body:
        deeper = copy.deepcopy(body)
        deeper["properties"]["madeUp"] = True
        twins.append(deeper)
    return twins


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Microsoft.ContainerService/managedClusters", "properties.agentPoolProfiles.0.osDiskType", "Floppy"),
        ("Microsoft.ContainerService/managedClusters", "properties.agentPoolProfiles.0.count", "3"),
        ("Microsoft.ContainerService/managedClusters", "properties.currentKubernetesVersion", "1.36.3"),
        ("Microsoft.ContainerService/managedClusters/agentPools", "properties.mode", "Worker"),
        ("Microsoft.ContainerRegistry/registries", "sku.name", "Deluxe"),
        ("Microsoft.Insights/dataCollectionRules", "kind", "Plan9"),
        ("Microsoft.Network/natGateways", "sku.name", "Basic"),
        ("Microsoft.ContainerRegistry/registries", "properties.publicNetworkAccess", "Off"),
        ("Microsoft.Network/privateEndpoints", "properties.subnet", "nodes"),
        ("Microsoft.Network/privateDnsZones/virtualNetworkLinks", "properties.registrationEnabled", "no"),
        (
            "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
            "properties.privateDnsZoneConfigs.0.properties.privateDnsZoneId",
            1,
        ),
    ],
)
def test_a_wrong_value_is_found_where_it_is(kind: str, path: str, value: object) -> None:
    prod = profile("prod", **PRIVATE)
    _, version, arm_id, body = next(one for one in arm_bodies(prod) if one[0] == kind)
    twin = copy.deepcopy(body)
    inside: Any = twin
    *parents, last = path.split(".")
    for part in parents:
        inside = inside[int(part) if part.isdigit() else part]
    inside[last] = value

    with pytest.raises(ArmError) as refused:
        rules.check(kind, version, twin, arm_id)

    assert [detail["target"] for detail in refused.value.details] == [path.replace(".0.", "[0].")]

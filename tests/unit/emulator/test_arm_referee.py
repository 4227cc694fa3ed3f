"""The walk along a model's table, and which api-version's table it is."""

from __future__ import annotations

from enum import Enum
from importlib import metadata
from typing import Any, Optional, Union

import pytest

from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.referee import rules
from cloudnative_emulator.arm.referee.extract import document, read
from cloudnative_emulator.arm.referee.models import table
from cloudnative_emulator.arm.referee.sources import SOURCES, Source
from cloudnative_emulator.arm.referee.tables import Known, known, nearest
from cloudnative_emulator.arm.referee.walk import problems

CLUSTERS, REGISTRIES = "Microsoft.ContainerService/managedClusters", "Microsoft.ContainerRegistry/registries"
AKS_OF_PULUMI, ACR_OF_PULUMI, NEWEST_ACR = "2025-09-01", "2023-01-01-preview", "2025-11-01"


def _installed(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


class Color(str, Enum):  # noqa: UP042 (as the generated code has it)
    RED = "Red"


class Part:
    """Old generation: flattened properties, enums only in the signature of __init__."""

    _attribute_map = {  # noqa: RUF012 (as the generated code has it)
        "count": {"key": "properties.count", "type": "int"},
        "color": {"key": "properties.color", "type": "str"},
        "made": {"key": "properties.made", "type": "iso-8601"},
        "tags": {"key": "tags", "type": "{str}"},
        "names": {"key": "names", "type": "[str]"},
        "colors": {"key": "colors", "type": "[str]"},
        "part": {"key": "part", "type": "Part"},
    }
    _validation = {"made": {"readonly": True}, "count": {"required": True}}  # noqa: RUF012 - written as the generated models write it

    def __init__(
        self,
        *,
        color: Optional[Union[str, Color]] = None,  # noqa: UP007, UP045 - as the generated models write it
        colors: Optional[list[Union[str, Color]]] = None,  # noqa: UP007, UP045 - as the generated models write it
    ) -> None:
        self.color, self.colors = color, colors


GOOD: dict[str, Any] = {"properties": {"count": 1, "color": "red"}, "tags": {"a": "b"}, "names": ["x"]}


def test_a_right_body_has_no_problems() -> None:
    assert problems(table(Part), GOOD) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"propertis": {}}, "propertis: Part has no such key"),
        ({"Tags": {}}, "Tags: Part has no such key (keys are case-sensitive: tags)"),
        ({"properties": {"count": "1"}}, "properties.count: expected int, got str '1'"),
        ({"properties": {"count": 1.0}}, "properties.count: expected int, got float 1.0"),
        ({"properties": {"count": True}}, "properties.count: expected int, got bool True"),
        ({"properties": {"count": 1, "color": "Blue"}}, "properties.color: 'Blue' is none of Red"),
        ({"properties": {"count": 1, "made": "x"}}, "properties.made: read-only, only the service sets it"),
        ({"properties": {}}, "properties.count: required"),
        ({"names": {"a": 1}}, "names: expected a list, got an object"),
        ({"names": ["a", 1]}, "names[1]: expected str, got int 1"),
        ({"colors": ["Red", "Blue"]}, "colors[1]: 'Blue' is none of Red"),
        ({"tags": ["a"]}, "tags: expected an object, got a list"),
        ({"properties": []}, "properties: expected an object, got a list"),
    ],
)
def test_each_fault_is_found_with_its_path(change: dict[str, Any], problem: str) -> None:
    assert problems(table(Part), {**GOOD, **change}) == [problem]


def test_a_part_of_a_body_may_leave_out_what_is_required() -> None:
    assert problems(table(Part), {"properties": {"color": "Red"}}, partial=True) == []
    assert len(problems(table(Part), {"properties": {"colour": "Red"}}, partial=True)) == 1


def test_a_body_that_is_no_object_is_refused() -> None:
    with pytest.raises(ArmError, match="expected a JSON object"):
        rules.check("Microsoft.Any/things", "2026-01-01", [], "/x")


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("2025-09-01", "2025-09-01"),
        ("2025-08-01", "2025-09-01"),
        ("2025-09-01-preview", "2025-09-01"),
        ("2025-09-02-preview", "2026-01-01-preview"),
        ("2026-01-01", "2026-02-01"),
        ("2027-01-01", "2026-02-01"),
    ],
)
def test_the_models_of_the_nearest_later_version_judge(wanted: str, chosen: str) -> None:
    assert nearest(["2026-02-01", "2025-09-01", "2026-01-01-preview"], wanted) == chosen


def test_the_judging_version_is_logged_where_it_is_not_the_one_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    rules.check(CLUSTERS, "2025-08-02", {"location": "x"}, "/x")
    assert f"{CLUSTERS.lower()} 2025-08-02 is judged by the models of 2025-09-01" in caplog.text


def refused(resource_type: str, version: str, body: dict[str, Any]) -> list[str]:
    try:
        rules.check(resource_type, version, {"location": "koreacentral", **body}, "/x")
    except ArmError as error:
        return [detail["target"] for detail in error.details]
    return []


def pool(**more: Any) -> dict[str, Any]:
    return {"properties": {"agentPoolProfiles": [{"name": "system", **more}]}}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (pool(), []),
        (pool(cout=1), ["properties.agentPoolProfiles[0].cout"]),
        (pool(kubeletConfig={"podMaxPid": 1}), ["properties.agentPoolProfiles[0].kubeletConfig.podMaxPid"]),
        (pool(count="1"), ["properties.agentPoolProfiles[0].count"]),
        (pool(mode="Master"), ["properties.agentPoolProfiles[0].mode"]),
        (pool(provisioningState="x"), ["properties.agentPoolProfiles[0].provisioningState"]),
        ({"properties": {"fqdn": "x"}}, ["properties.fqdn"]),
        ({"properties": {"networkProfile": {"ipFamilies": ["IPv4", "IPv5"]}}},
         ["properties.networkProfile.ipFamilies[1]"]),
        ({"identity": {"userAssignedIdentities": {"/id": {"clientId": "x"}}}},
         ["identity.userAssignedIdentities./id.clientId"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", known("Microsoft.ContainerService").versions(CLUSTERS))
def test_every_generation_finds_each_fault(version: str, body: dict[str, Any], where: list[str]) -> None:
    assert refused(CLUSTERS, version, body) == where


def test_a_key_newer_than_its_api_version_is_refused() -> None:
    newer = {"properties": {"hostedSystemProfile": {"enabled": True}}}
    assert refused(CLUSTERS, "2026-08-01", newer) == []
    assert refused(CLUSTERS, AKS_OF_PULUMI, newer) == ["properties.hostedSystemProfile"]


def test_a_key_that_a_later_version_dropped_is_right_in_its_own() -> None:
    older = {
        "sku": {"name": "Premium"},
        "properties": {"policies": {"softDeletePolicy": {"status": "enabled"}}},
    }
    assert refused(REGISTRIES, ACR_OF_PULUMI, older) == []
    assert refused(REGISTRIES, NEWEST_ACR, older) == ["properties.policies.softDeletePolicy"]


def test_what_no_version_lets_a_client_write_is_not_sent_back() -> None:
    pools = [{"name": "s", "currentOrchestratorVersion": "v"}]
    properties = {"fqdn": "f", "dnsPrefix": "d", "agentPoolProfiles": pools}
    stored = {"id": "/x", "tags": {"a": "b"}, "location": "x", "properties": properties}
    assert rules.writable(CLUSTERS, stored) == {
        "tags": {"a": "b"}, "location": "x",
        "properties": {"dnsPrefix": "d", "agentPoolProfiles": [{"name": "s"}]},
    }  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [one for one in SOURCES if one.version == _installed(one.distribution)],
    ids=lambda one: one.requirement,
)
def test_the_tables_are_those_of_the_installed_packages(source: Source) -> None:
    for resource_type, versions in read(source).items():
        ours = known(resource_type.partition("/")[0])
        for version, described in versions.items():
            assert ours.table(resource_type, version) == described


def test_every_client_of_ours_has_its_models_among_the_tables() -> None:
    ours = {one.distribution for one in SOURCES if one.version == _installed(one.distribution)}
    assert ours == {one.distribution for one in SOURCES if _installed(one.distribution)}


def test_tables_survive_being_written() -> None:
    written = document({"t/x": {"1": table(Part), "2": table(Part)}})
    assert written["types"] == {"t/x": {"1": "Part@1", "2": "Part@1"}}
    assert Known(written).table("t/x", "2") == table(Part)

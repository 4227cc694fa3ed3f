"""What counts as drift, and what is only not known."""

from typing import Any

import pytest

from cloudnative.commands.drift import text
from cloudnative.drifting import Findings, region_entry, resources
from cloudnative_provider.live_drift import RegionDrift

_INPUTS = {"clusterId": "/x/managedClusters/aks", "application": "shop"}


def _found(drift: RegionDrift, *azure: dict[str, Any]) -> Findings:
    return Findings(list(azure), [region_entry("koreacentral", _INPUTS, drift)])


@pytest.mark.parametrize(
    ("drift", "drifted", "unreachable"),
    [
        (RegionDrift("read"), False, False),
        (RegionDrift("read", objects=[{"object": "x", "change": "deleted", "fields": []}]), True, False),
        (RegionDrift("read", release="release 3 failed: x"), True, False),
        (RegionDrift("gone", "there is no aks"), True, False),
        (RegionDrift("unreachable", "no answer"), False, True),
        (RegionDrift("stopped", "is stopped"), False, False),
    ],
)
def test_what_cannot_be_reached_is_never_drift(drift: RegionDrift, drifted: bool, unreachable: bool):
    found = _found(drift)

    assert found.drifted is drifted
    assert bool(found.unreachable) is unreachable


def _step(kind: str, operation: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "operation": operation, "name": "n", "urn": "u", **more}


def test_releases_are_told_by_their_clusters_and_components_by_nobody():
    steps = [
        _step("azure-native:containerservice:ManagedCluster", "delete", values=[{"path": "tags"}]),
        _step("azure-native:resources:ResourceGroup", "update", values=[{"path": "tags"}]),
        _step("cloudnative:index:Release", "delete"),
        _step("cloudnative:index:Region", "update", component=True),
    ]

    assert [(one["change"], len(one["fields"])) for one in resources(steps)] == [
        ("deleted", 0),
        ("changed", 1),
    ]


def _text(result: str, resource: str = "") -> str:
    group: dict[str, Any] = {"type": "a:b:Group", "name": "g", "change": resource, "fields": []}
    azure = [group] if resource else []
    return text({"environment": "dev", "result": result, "resources": azure, "regions": []})


@pytest.mark.parametrize(
    ("resource", "fix"), [("changed", "cloudnative up dev --refresh"), ("deleted", "cloudnative up dev\n")]
)
def test_the_text_names_what_mends_it(resource: str, fix: str):
    assert fix in _text("drifted", resource)
    assert _text("same") == "dev: nothing has drifted\n"

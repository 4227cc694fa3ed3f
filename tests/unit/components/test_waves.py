"""Waves of releases, the gates between them, and what stays where it is when regions come and go."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.components.harness import Recorder
from tests.unit.components.test_environment_program import build, names, prepared

from cloudnative_components.release.release_waves import numbered_waves

GATE, RELEASE = "cloudnative:index:HealthGate", "cloudnative:index:Release"
REGISTRY = "azure-native:containerregistry:Registry"
REPLICATION = "azure-native:containerregistry:Replication"
REGIONS = ["koreacentral", "japaneast", "westeurope"]


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return prepared(tmp_path, monkeypatch)


def test_a_gate_stands_between_waves_and_not_after_the_last(recorder: Recorder):
    build(regions=REGIONS, waves=[["koreacentral"], ["westeurope"], ["japaneast"]])
    assert [gate["wave"] for gate in recorder.of(GATE)] == [1, 2]
    assert "shop-gate-2" in names(recorder, "shop-japaneast", "dependencies")
    assert "shop-westeurope" in names(recorder, "shop-gate-2", "dependencies")


def test_a_gate_knows_clusters_roll_outs_and_what_is_asked(recorder: Recorder):
    build(regions=REGIONS[:2], gate={"path": "/up", "bake_seconds": 5})
    gate = recorder.one(GATE)
    assert gate["clusters"] == {"koreacentral": "/id/dev-koreacentral"}
    assert gate["releases"] == {"koreacentral": "10:00"}
    assert (gate["path"], gate["bakeSeconds"], gate["timeoutSeconds"]) == ("/up", 5, 300)


def test_one_region_has_no_gate_unless_a_service_is_to_be_asked(recorder: Recorder):
    build()
    assert recorder.of(GATE) == []
    build(gate={"service": "web"})
    assert recorder.one(GATE)["service"] == "web"


def test_what_a_failure_leaves_behind_goes_to_every_release(recorder: Recorder):
    build(regions=REGIONS, on_failure="rollback")
    assert [release["onFailure"] for release in recorder.of(RELEASE)] == ["rollback"] * 3


def test_a_wave_keeps_its_number_when_regions_are_left_out():
    waves = [["koreacentral"], ["japaneast", "westeurope"], ["westus"]]
    assert numbered_waves(waves, {"westeurope": 1, "westus": 1}) == [(2, ["westeurope"]), (3, ["westus"])]


def made(recorder: Recorder, **changes: Any) -> dict[str, Any]:
    recorder.made.clear()
    build(**changes)
    return {one.name: one.inputs for one in recorder.made}


def test_regions_are_made_the_same_whatever_their_order_and_company(recorder: Recorder):
    before = made(recorder, regions=REGIONS)
    after = made(recorder, regions=["japaneast", "koreacentral"], registry_region="koreacentral")
    of_korea = [name for name in before if "koreacentral" in name]
    assert len(of_korea) > 5
    assert {name: after[name] for name in of_korea} == {name: before[name] for name in of_korea}


def test_the_registry_stays_at_home_when_the_first_region_goes(recorder: Recorder):
    before = made(recorder, regions=REGIONS)
    after = made(recorder, regions=REGIONS[1:], registry_region="koreacentral")
    assert after["dev-registry"] == before["dev-registry"]
    assert sorted(one["replicationName"] for one in recorder.of(REPLICATION)) == ["japaneast", "westeurope"]

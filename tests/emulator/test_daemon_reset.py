"""After reset the machine is as before."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.emulator.live_home import LiveHome
from tests.emulator.machine_traces import shared_with_the_host, traces

import cloudnative_emulator

pytestmark = pytest.mark.emulator


@pytest.mark.parametrize("killed", [True, False])
def test_nothing_is_left_after_reset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: bool) -> None:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    host, live = shared_with_the_host(), LiveHome(tmp_path)
    live.start("node")
    clusters = [live.make_cluster().folder]
    there = traces(tmp_path, clusters)
    if killed:
        live.kill_daemon()
    cloudnative_emulator.reset()
    assert all(there[kind] for kind in ("processes", "links", "cgroups", "files"))
    assert not any(traces(tmp_path, clusters).values())
    assert shared_with_the_host() == host


def test_two_homes_run_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homes = [LiveHome(tmp_path / name) for name in ("one", "two")]
    nodes: list[str] = []
    for home in homes:
        home.folder.mkdir()
        monkeypatch.setenv("CLOUDNATIVE_HOME", str(home.folder))
        home.start("node")
        nodes.append(
            home.make_cluster().kubectl("get", "nodes", "-o", "jsonpath={.items[*].status.addresses[0]}")
        )
    cloudnative_emulator.reset()
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(homes[0].folder))
    first = cloudnative_emulator.status()
    cloudnative_emulator.reset()
    assert nodes[0] != nodes[1]
    assert [each["state"] for each in first["clusters"]] == ["running"]

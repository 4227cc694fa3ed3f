"""Components and resources in a program that is not Python, under the bare engine, on an emulator."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.emulator.another_language import Engine
from tests.emulator.live_home import LiveHome

import cloudnative_emulator

pytestmark = pytest.mark.emulator
COMMAND = Path(sys.executable).with_name("cloudnative")
PROGRAM = """\
name: team
runtime: yaml
resources:
  registry:
    type: cloudnative:index:ContainerRegistry
    properties: {{resourceGroupName: rg-team, registryName: crteam0001, location: koreacentral}}
  region:
    type: cloudnative:index:Region
    properties:
      location: koreacentral
      resourceGroupName: rg-team-krc
      clusterName: aks-team
      dnsPrefix: team
      nodeResourceGroup: rg-team-krc-nodes
      clusterIdentityName: id-team
      kubeletIdentityName: id-team-kubelet
      registryId: ${{registry.registryId}}
      subscriptionId: {subscription}
      tenantId: {tenant}
      deployerPrincipalId: {object_id}
      nodeCount: 2
      tags: {{team: blue}}
  password:
    type: cloudnative:index:GeneratedSecret
    properties: {{length: 20}}
outputs:
  server: ${{registry.loginServer}}
  cluster: ${{region.clusterId}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path / "home"))
    home = LiveHome(tmp_path / "home")
    try:
        found = home.start("simulated")
        work = tmp_path / "work"
        work.mkdir()
        text = PROGRAM.format(subscription=found.subscription, tenant=found.tenant, object_id=found.object_id)
        (work / "Pulumi.yaml").write_text(text)
        monkeypatch.chdir(work)
        yield work
    finally:
        cloudnative_emulator.reset()


def test_a_yaml_program_makes_a_registry_and_a_region_and_then_changes_nothing(folder: Path) -> None:
    engine = Engine(COMMAND, folder)
    engine.run("stack", "init", "dev")
    engine.run_program("up", "--yes", "--skip-preview")
    assert engine.host.outputs["cluster"].endswith("/managedClusters/aks-team")
    assert engine.host.outputs["server"].startswith("127.0.0.1:")
    assert list(json.loads(engine.run_program("preview"))["changeSummary"]) == ["same"]

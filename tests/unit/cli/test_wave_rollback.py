"""Which regions go back after a failure, and a registry that would move."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from cloudnative.bundle_mode import BundleRef
from cloudnative.failure import failure
from cloudnative.registry_home import refuse_move
from cloudnative.runs.supervisor import Outcome
from cloudnative.wave_rollback import failed_regions, to_put_back
from cloudnative_components.config import load_environment
from cloudnative_toolchain.errors import ConfigError, ExitCode

WAVES = [["koreacentral"], ["japaneast", "westeurope"]]
URN = "urn:pulumi:prod::p::cloudnative:index:Environment$cloudnative:index:"
OLD, NEW = BundleRef("r/b@1", 1), BundleRef("r/b@2", 2)


@pytest.mark.parametrize(
    ("failed", "regions"),
    [
        (["Release::shop-koreacentral"], ["koreacentral"]),
        (["Release::shop-westeurope"], ["japaneast", "westeurope"]),
        (["HealthGate::shop-gate-1"], ["koreacentral"]),
        (["Release::shop-westeurope", "Release::shop-japaneast"], ["japaneast", "westeurope"]),
        (["Image::shop-web"], []),
        ([], []),
    ],
)
def test_a_failed_release_or_gate_fails_its_wave(failed: list[str], regions: list[str]) -> None:
    assert failed_regions([URN + one for one in failed], WAVES) == regions


@pytest.mark.parametrize(
    ("before", "now", "back"),
    [
        ({"japaneast": OLD, "westeurope": OLD}, {"japaneast": NEW}, {OLD: ["japaneast", "westeurope"]}),
        ({"japaneast": OLD, "westeurope": OLD}, {"japaneast": NEW, "westeurope": OLD}, {OLD: ["japaneast"]}),
        ({"japaneast": OLD, "westeurope": NEW}, {}, {OLD: ["japaneast"], NEW: ["westeurope"]}),
        ({}, {"japaneast": NEW}, {}),
    ],
)
def test_regions_that_run_something_else_now_go_back_to_what_they_ran(
    before: dict[str, BundleRef], now: dict[str, BundleRef], back: dict[BundleRef, list[str]]
) -> None:
    assert to_put_back(["japaneast", "westeurope"], before, now) == back


def test_the_error_of_a_run_says_what_was_put_back() -> None:
    problem = {"what": "web in japaneast", "why": "exit 1", "final": True, "exit_code": 4}
    error = failure(Outcome(problems=[problem]), "prod", since="japaneast: release 1 runs again")
    assert error.why == "exit 1\njapaneast: release 1 runs again"
    assert error.exit_code is ExitCode.RESOURCE


FILE = """\
config:
    cloudnative:cloud: emulator
    cloudnative:regions:
    - japaneast
    - koreacentral
    cloudnative:registry_sku: Premium
    cloudnative:application: ../compose.yaml
"""
MADE = "urn:pulumi:prod::p::cloudnative:index:Environment$cloudnative:index:ContainerRegistry$azure-native:"
STATE: dict[str, Any] = {
    "resources": [
        {
            "urn": f"{MADE}containerregistry:Registry::prod-registry",
            "type": "azure-native:containerregistry:Registry",
            "inputs": {"location": "koreacentral", "sku": {"name": "Premium"}},
        },
        {
            "urn": f"{MADE}containerregistry:Replication::prod-registry-japaneast",
            "type": "azure-native:containerregistry:Replication",
            "inputs": {},
        },
    ]
}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FILE, "registry.moved"),
        (FILE.replace("    - japaneast\n", "").replace("sku: Premium", "sku: Standard"), "registry.shrunk"),
    ],
)
def test_a_registry_that_would_move_or_lose_its_replicas_is_exit_2_and_the_fix_keeps_it(
    tmp_path: Path, text: str, code: str
) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(text.replace("    cloudnative:registry_sku: Standard\n", ""))
    with pytest.raises(ConfigError) as refused:
        refuse_move(STATE, load_environment(file), file)
    assert refused.value.code == code
    subprocess.run(["sh", "-c", refused.value.fix], check=True)
    refuse_move(STATE, load_environment(file), file)


def test_a_first_run_and_a_registry_of_somebody_else_move_nothing(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(FILE)
    config = load_environment(file)
    refuse_move(None, config, file)
    other = [{**one, "urn": one["urn"].replace("Environment$", "Other$")} for one in STATE["resources"]]
    refuse_move({"resources": other}, config, file)

"""What is said of an emulator that runs without root, and the way out where nobody builds images."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from cloudnative.commands.emulator import _require_certificates
from cloudnative.emulator_limits import builder_missing, builds_trust, no_builder, simulated_pods
from cloudnative.options import Switch
from cloudnative_components.config import load_environment
from cloudnative_toolchain.errors import ConfigError

ROOTLESS: dict[str, Any] = {
    "backend": "simulated", "backend_reason": "real nodes need root",
    "buildkit": "", "build_certificates": "",
}  # fmt: skip
ROOT: dict[str, Any] = {
    "backend": "node", "backend_reason": "", "buildkit": "unix:///bk.sock", "build_certificates": "/b.pem",
}  # fmt: skip


def test_simulated_pods_are_told_with_the_reason() -> None:
    assert "real nodes need root" in simulated_pods(ROOTLESS)
    assert simulated_pods(ROOT) == ""
    assert simulated_pods(None) == ""


@pytest.mark.parametrize(
    ("builder", "endpoint", "variables", "missing"),
    [
        ("buildkit", ROOTLESS, {}, True),
        ("buildkit", ROOTLESS, {"BUILDKIT_HOST": "unix:///own.sock"}, False),
        ("buildkit", ROOT, {}, False),
        ("docker", ROOTLESS, {}, False),
        ("buildkit", None, {}, False),  # on Azure the provider knows
    ],
)
def test_a_builder_is_missing_where_nobody_runs_buildkit(
    builder: str, endpoint: dict[str, Any] | None, variables: dict[str, str], missing: bool
) -> None:
    assert builder_missing(builder, endpoint, variables) is missing


@pytest.mark.parametrize(
    ("builder", "builds", "endpoint", "told"),
    [
        ("buildkit", True, ROOT, True),
        ("buildkit", False, ROOT, False),
        ("docker", True, ROOT, False),
        ("buildkit", True, ROOTLESS, False),
        ("buildkit", True, None, False),
    ],
)
def test_a_run_tells_once_that_its_builds_trust_the_host(
    builder: str, builds: bool, endpoint: dict[str, Any] | None, told: bool
) -> None:
    assert ("/b.pem" in builds_trust(builder, builds, endpoint)) is told


def test_the_fix_for_a_missing_builder_takes_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "stacks/Pulumi.dev.yaml"
    settings.parent.mkdir()
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    lines = ["cloud: emulator", "regions: [koreacentral]", "application: ../compose.yaml"]
    settings.write_text("config:\n" + "".join(f"  cloudnative:{line}\n" for line in lines))
    subprocess.run(["sh", "-c", no_builder(settings).fix], check=True)
    assert load_environment(settings).builder == "docker"


@pytest.mark.parametrize(
    ("asked", "bundle", "refused"),
    [
        (Switch.ON, "", True),
        (Switch.OFF, "/bundle.pem", True),
        (Switch.ON, "/bundle.pem", False),
        (Switch.AUTO, "/bundle.pem", False),
        (None, "", False),
    ],
)
def test_an_emulator_that_runs_keeps_its_choice_of_certificates(
    asked: Switch | None, bundle: str, refused: bool
) -> None:
    with pytest.raises(ConfigError, match="certificates") if refused else nullcontext():
        _require_certificates(asked, {"buildkit": "unix:///bk.sock", "build_certificates": bundle})

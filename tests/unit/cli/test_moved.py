"""An environment that is not empty keeps its cloud and its back end."""

import json
import subprocess
from pathlib import Path

import pytest

from cloudnative.moved import refuse_moved
from cloudnative.runs.home import StackHome
from cloudnative.runs.state import StackState
from cloudnative_toolchain.errors import ConfigError

BLOB = "azblob://pulumi?storage_account=shop"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackHome:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    home = StackHome("shop", "dev", "azure")
    home.work.mkdir(parents=True)
    return home


def made(home: StackHome, cloud: str, backend: str, resources: int = 1) -> None:
    """An earlier run of this machine made the environment there."""
    home.write_record(cloud=cloud, backend=backend)
    path = home.state / StackState.of(home).checkpoint
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"checkpoint": {"latest": {"resources": [{"urn": "u"}] * resources}}}))


def test_from_the_emulator_to_azure_it_is_refused(home: StackHome, tmp_path: Path) -> None:
    made(home, "emulator", home.state.as_uri())
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  cloudnative:cloud: 'azure'  # or emulator\n")
    with pytest.raises(ConfigError, match="lives on emulator, its config says azure") as caught:
        refuse_moved(home, BLOB, file)
    back, _, down = caught.value.fix.partition(" && ")
    subprocess.run(["sh", "-c", back], check=True)
    assert file.read_text() == "config:\n  cloudnative:cloud: emulator  # or emulator\n"
    assert down == "cloudnative down dev --yes"


def test_a_state_in_azure_is_not_forgotten_for_the_emulators(home: StackHome, tmp_path: Path) -> None:
    home.write_record(cloud="azure", backend=BLOB)
    emulator = StackHome("shop", "dev", "emulator")
    with pytest.raises(ConfigError, match="lives on azure"):
        refuse_moved(emulator, emulator.state.as_uri(), tmp_path / "Pulumi.dev.yaml")


def test_another_backend_under_resources_is_refused(home: StackHome, tmp_path: Path) -> None:
    made(home, "azure", home.state.as_uri())
    with pytest.raises(ConfigError) as caught:
        refuse_moved(home, BLOB, tmp_path / "Pulumi.dev.yaml")
    assert (caught.value.code, caught.value.fix) == ("config.backend-changed", f"rm {home.record}")


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_is_empty_or_down_may_move(home: StackHome, tmp_path: Path, forgotten: bool) -> None:
    made(home, "emulator", home.state.as_uri(), resources=0)
    if forgotten:
        home.write_record(cloud="emulator", backend=BLOB)
        home.forget_place()
    refuse_moved(home, BLOB, tmp_path / "Pulumi.dev.yaml")


def test_a_record_from_before_back_ends_means_this_machine(home: StackHome, tmp_path: Path) -> None:
    home.write_record(cloud="azure")
    refuse_moved(home, home.state.as_uri(), tmp_path / "Pulumi.dev.yaml")

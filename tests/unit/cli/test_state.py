"""State on disk: damaged checkpoints, passphrase, what `up` prints and `down` proves from it."""

import json
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudnative import report
from cloudnative.remains import remains
from cloudnative.runs.home import StackHome, make_passphrase
from cloudnative.runs.state import StackState
from cloudnative.runs.variables import engine_environment
from cloudnative_toolchain.errors import CloudnativeError

ENDPOINT = {
    "arm": "https://127.0.0.1:1", "azure_native": "127.0.0.1:2", "tenant": "t", "subscription": "s",
    "client_id": "c", "client_secret": "hush",
}  # fmt: skip
CLUSTER_ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackHome:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    return StackHome("p", "dev", "emulator")


@pytest.fixture
def file(home: StackHome) -> Path:
    path = home.state / StackState.of(home).checkpoint
    path.parent.mkdir(parents=True)
    return path


def checkpoint(*resources: dict[str, Any]) -> str:
    return json.dumps({"version": 3, "checkpoint": {"latest": {"resources": list(resources)}}})


@pytest.mark.parametrize("damage", ["", "{", '{"version": 3}', "[]", "\x00" * 100])
def test_a_damaged_checkpoint_is_restored_from_its_backup_and_kept(
    home: StackHome, file: Path, damage: str
) -> None:
    file.write_text(damage)
    file.with_name("dev.json.bak").write_text(checkpoint())
    StackState.of(home).repair(lambda _: None)
    assert StackState.of(home).read() == {"resources": []}
    assert [p.read_text() for p in (home.pulumi / "kept" / "p").iterdir()] == [damage]


def test_without_a_usable_backup_the_newest_of_the_history_is_taken(home: StackHome, file: Path) -> None:
    file.write_text("{")
    for age, name in enumerate(("dev-2.checkpoint.json", "dev-1.checkpoint.json")):
        path = home.state / ".pulumi/history/p/dev" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(checkpoint({"urn": name}))
        os.utime(path, (1000 - age, 1000 - age))
    StackState.of(home).repair(lambda _: None)
    assert StackState.of(home).read() == {"resources": [{"urn": "dev-2.checkpoint.json"}]}


def test_a_damaged_checkpoint_without_a_backup_stops_the_run(home: StackHome, file: Path) -> None:
    file.write_text("{")
    with pytest.raises(CloudnativeError, match="cannot be read"):
        StackState.of(home).repair(lambda _: None)


def test_the_backup_of_a_removed_stack_is_not_brought_back(home: StackHome, file: Path) -> None:
    file.with_name("dev.json.bak").write_text(checkpoint({"urn": "u"}))
    StackState.of(home).repair(lambda _: None)
    assert not file.exists()


def test_attributes_that_a_kill_left_empty_do_not_hide_the_state(home: StackHome, file: Path) -> None:
    file.write_text(checkpoint())
    for name, content in (("dev.json.attrs", ""), ("dev.json.bak.attrs", "{}")):
        file.with_name(name).write_text(content)
    StackState.of(home).repair(lambda _: None)
    assert sorted(p.name for p in file.parent.iterdir()) == ["dev.json", "dev.json.bak.attrs"]


def test_a_state_of_an_emulator_that_was_reset_is_put_aside(home: StackHome, file: Path) -> None:
    file.write_text(checkpoint({"urn": "u"}))
    kept = StackState.of(home).set_aside("reset")
    assert StackState.of(home).read() is None
    assert kept is not None
    assert "urn" in kept.read_text()


def test_the_passphrase_is_private_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    make_passphrase(path)
    first = path.read_text()
    make_passphrase(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == first != ""


def test_a_passphrase_that_a_crash_left_empty_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "passphrase").touch()
    make_passphrase(tmp_path / "passphrase")
    assert (tmp_path / "passphrase").read_text()


def test_nothing_inherited_names_an_azure_account_on_the_emulator(home: StackHome) -> None:
    inherited = {
        "ARM_CLIENT_ID": "real",
        "AZURE_TENANT_ID": "real",
        "PULUMI_ACCESS_TOKEN": "real",
        "PATH": "/bin",
    }
    made = engine_environment(inherited, home, ENDPOINT, {})
    assert "real" not in made.values()
    assert made["PATH"] == "/bin"
    assert made["PULUMI_DEBUG_PROVIDERS"] == "azure-native:2"


def test_on_azure_the_users_own_sign_in_is_kept(home: StackHome) -> None:
    assert engine_environment({"ARM_CLIENT_ID": "real"}, home, None, {})["ARM_CLIENT_ID"] == "real"


def deployment() -> dict[str, Any]:
    cluster = {
        "urn": "c", "type": report.CLUSTER, "id": CLUSTER_ID, "inputs": {"location": "koreacentral"},
        "outputs": {"name": "aks", "location": "koreacentral", "nodeResourceGroup": "rg-nodes"},
    }  # fmt: skip
    release = {
        "urn": "r", "type": report.RELEASE,
        "inputs": {"clusterId": CLUSTER_ID.upper(), "application": "shop",
                   "images": {"web": "r/web@sha256:1"},
                   "objects": {"apps/v1/Deployment/shop/web": "h"}},
        "outputs": {"number": 3.0, "endpoints": [{"service": "web", "url": "http://x"}]},
    }  # fmt: skip
    group = {
        "urn": "g",
        "type": report.GROUP,
        "inputs": {"resourceGroupName": "rg"},
        "outputs": {"name": "rg"},
    }
    identity = {"urn": "i", "type": "x", "inputs": {}, "outputs": {"clientId": "a", "principalId": "P1"}}
    return {"resources": [group, identity, cluster, release]}


def test_regions_come_from_the_state_with_their_addresses() -> None:
    assert report.public_regions(deployment()) == [
        {
            "name": "koreacentral",
            "cluster": "aks",
            "release": 3,
            "endpoints": [{"service": "web", "url": "http://x"}],
        }
    ]
    assert report.release(deployment()) == {"number": 3, "source": "", "images": {"web": "sha256:1"}}


class FakeArm:
    """ARM with these groups and role assignments left."""

    def __init__(self, groups: tuple[str, ...] = (), assignments: tuple[dict[str, Any], ...] = ()) -> None:
        self._groups, self._assignments = groups, assignments

    def resource_group(self, name: str) -> Mapping[str, Any] | None:
        return {"name": name} if name in self._groups else None

    def resources_of_group(self, name: str) -> list[Mapping[str, Any]]:
        return [{"id": f"/{name}/disk"}]

    def role_assignments(self) -> Iterable[Mapping[str, Any]]:
        return self._assignments


def test_nothing_left_is_an_empty_list() -> None:
    assert remains(FakeArm(), deployment()) == []


def test_a_node_group_with_a_disk_is_named() -> None:
    assert remains(FakeArm(("rg-nodes",)), deployment()) == ["resource group rg-nodes", "  /rg-nodes/disk"]


@pytest.mark.parametrize(
    "properties",
    [
        {"scope": "/subscriptions/s/resourceGroups/RG/providers/x", "principalId": "other"},
        {"scope": "/subscriptions/s", "principalId": "p1"},
    ],
)
def test_a_role_assignment_of_ours_is_named(properties: dict[str, str]) -> None:
    left = remains(FakeArm((), ({"id": "/a", "properties": properties},)), deployment())
    assert left == ["role assignment /a"]


def test_a_role_assignment_of_others_is_none_of_ours() -> None:
    theirs = {"id": "/a", "properties": {"scope": "/subscriptions/s/resourceGroups/rg-x", "principalId": "q"}}
    assert remains(FakeArm((), (theirs,)), deployment()) == []

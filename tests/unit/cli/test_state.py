"""State on disk: damaged checkpoints, passphrase, what `up` prints and `down` proves from it."""

import json
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudnative import report
from cloudnative.remains import remains
from cloudnative.runs.home import StackHome, engine_environment, make_passphrase
from cloudnative.runs.state import read_deployment, repair_checkpoint
from cloudnative_toolchain.errors import CloudnativeError

ENDPOINT = {
    "arm": "https://127.0.0.1:1", "azure_native": "127.0.0.1:2", "tenant": "t", "subscription": "s",
    "client_id": "c", "client_secret": "hush",
}  # fmt: skip
CLUSTER_ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackHome:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    home = StackHome("p", "dev", "emulator")
    home.checkpoint.parent.mkdir(parents=True)
    return home


def checkpoint(*resources: dict[str, Any]) -> str:
    return json.dumps({"version": 3, "checkpoint": {"latest": {"resources": list(resources)}}})


@pytest.mark.parametrize("damage", ["", "{", '{"version": 3}', "[]", "\x00" * 100])
def test_a_damaged_checkpoint_is_restored_from_its_backup_and_kept(home: StackHome, damage: str) -> None:
    home.checkpoint.write_text(damage)
    home.checkpoint.with_name("dev.json.bak").write_text(checkpoint())
    repair_checkpoint(home, lambda _: None)
    assert read_deployment(home) == {"resources": []}
    assert [p.read_text() for p in (home.pulumi / "kept" / "p").iterdir()] == [damage]


def test_a_damaged_checkpoint_without_a_backup_stops_the_run(home: StackHome) -> None:
    home.checkpoint.write_text("{")
    with pytest.raises(CloudnativeError, match="cannot be read"):
        repair_checkpoint(home, lambda _: None)


def test_the_backup_of_a_removed_stack_is_not_brought_back(home: StackHome) -> None:
    home.checkpoint.with_name("dev.json.bak").write_text(checkpoint({"urn": "u"}))
    repair_checkpoint(home, lambda _: None)
    assert not home.checkpoint.exists()


def test_attributes_that_a_kill_left_empty_do_not_hide_the_state(home: StackHome) -> None:
    home.checkpoint.write_text(checkpoint())
    for name, content in (("dev.json.attrs", ""), ("dev.json.bak.attrs", "{}")):
        home.checkpoint.with_name(name).write_text(content)
    repair_checkpoint(home, lambda _: None)
    assert sorted(p.name for p in home.checkpoint.parent.iterdir()) == ["dev.json", "dev.json.bak.attrs"]


def test_a_state_of_an_emulator_that_was_reset_is_put_aside(home: StackHome) -> None:
    home.checkpoint.write_text(checkpoint({"urn": "u"}))
    kept = home.set_state_aside("reset")
    assert read_deployment(home) is None
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
    made = engine_environment(inherited, home, ENDPOINT)
    assert "real" not in made.values()
    assert made["PATH"] == "/bin"
    assert made["PULUMI_DEBUG_PROVIDERS"] == "azure-native:2"


def test_on_azure_the_users_own_sign_in_is_kept(home: StackHome) -> None:
    assert engine_environment({"ARM_CLIENT_ID": "real"}, home, None)["ARM_CLIENT_ID"] == "real"


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
        {"name": "koreacentral", "cluster": "aks", "endpoints": [{"service": "web", "url": "http://x"}]}
    ]
    assert report.release(deployment()) == {"number": 3, "images": {"web": "sha256:1"}}


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

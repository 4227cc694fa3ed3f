"""What clusters are started from, without starting one."""

from __future__ import annotations

import io
import json
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cloudnative_emulator.clusters import cgroups, image_pulls, labels, node_files, pause, state
from cloudnative_emulator.clusters.api_access import authentication, authorization, encryption
from cloudnative_emulator.clusters.control_plane import Layout
from cloudnative_emulator.clusters.fake_nodes import NO_ADDRESS, seems_to_answer, taint
from cloudnative_emulator.clusters.loadbalancers import choose
from cloudnative_emulator.clusters.network import Block
from cloudnative_emulator.clusters.pki import Pki
from cloudnative_emulator.ports import ClusterSpec, PoolSpec

LAYOUT = Layout(Path("/home"), Path("/run/n"), "198.18.0.2", "198.18.0.2", 6443, 2379, 2380, 10257, 10259)
SYSTEM = PoolSpec("system", "System", 2, "Standard_D2s_v5", zones=["1", "2"])
USER = PoolSpec("work", "User", 3, "Standard_D4s_v5", labels={"team": "a"}, taints=["gpu=yes:NoSchedule"])


def spec(*pools: PoolSpec, name: str = "aks") -> ClusterSpec:
    return ClusterSpec(
        id=f"/subscriptions/s/resourceGroups/g/providers/x/managedClusters/{name}", name=name,
        location="koreacentral", kubernetes_version="1.36.3", pools=list(pools), issuer="https://127.0.0.1:1/t/v2.0",
        audience="a", authorizer_url="https://127.0.0.1:1/authorize", authorizer_token="t",
        service_account_issuer=None, kubelet_username="u", kubelet_password="p",
    )  # fmt: skip


def test_node_name_is_like_one_of_aks_and_always_the_same() -> None:
    first, again = (labels.node_name("/Some/Id", "system", 1) for _ in range(2))
    assert first == again == labels.node_name("/some/id", "system", 1)
    assert first.startswith("aks-system-")
    assert first.endswith("-vmss000001")


def test_one_node_for_all_pools_has_the_labels_of_a_user_pool_and_a_real_zone() -> None:
    found = labels.node_labels(spec(USER, SYSTEM))
    assert (found["agentpool"], found["team"]) == ("work", "a")
    assert found["topology.kubernetes.io/zone"] == "koreacentral-1"


def test_nodes_of_a_pool_are_spread_over_its_zones() -> None:
    zones = [labels.pool_labels(spec(SYSTEM), SYSTEM, n)["topology.kubernetes.io/zone"] for n in range(3)]
    assert zones == ["koreacentral-1", "koreacentral-2", "koreacentral-1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpu=yes:NoSchedule", {"key": "gpu", "value": "yes", "effect": "NoSchedule"}),
        (
            "CriticalAddonsOnly=true:NoSchedule",
            {"key": "CriticalAddonsOnly", "value": "true", "effect": "NoSchedule"},
        ),
        ("spot:NoExecute", {"key": "spot", "effect": "NoExecute"}),
    ],
)
def test_taint(text: str, expected: dict[str, str]) -> None:
    assert taint(text) == expected


def test_a_service_keeps_its_address_and_others_get_unused_ones() -> None:
    http = {("TCP", 80)}
    assert choose(["a", "b"], http, [("a", http)], None) == "b"
    assert choose(["a", "b"], http, [("a", {("TCP", 81)})], "a") == "a"


def test_services_share_an_address_only_where_their_ports_differ() -> None:
    http, https = {("TCP", 80)}, {("TCP", 443)}
    assert choose(["a"], https, [("a", http)], None) == "a"
    assert choose(["a"], http, [("a", http)], None) is None


def test_blocks_of_two_clusters_never_overlap_and_stay_in_the_benchmark_range() -> None:
    first, last = Block(0), Block(8191)
    assert (first.host, first.node, len(first.balancers)) == ("198.18.0.1", "198.18.0.2", 12)
    assert str(last.network) == "198.19.255.240/28"
    assert not Block(1).network.overlaps(first.network)
    assert len(last.link) <= 14


def test_cluster_folders_of_two_groups_differ() -> None:
    one, two = (state.folder_of(Path("/h"), f"/resourceGroups/{group}/managedClusters/AKS") for group in "ab")
    assert one.name.startswith("aks-")
    assert one != two


def test_state_survives_a_restart(tmp_path: Path) -> None:
    folder = state.folder_of(tmp_path, spec(SYSTEM).id)
    state.ClusterState(folder, spec(SYSTEM, USER), running=False, block=7, node="n").write()
    assert state.read_all(tmp_path) == [state.ClusterState(folder, spec(SYSTEM, USER), False, 7, "n")]
    assert (folder / "cluster.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_pause_image_is_a_whole_image_of_one_static_program(tmp_path: Path, machine: str) -> None:
    pause.write_archive(tmp_path / "pause.tar", machine)
    blobs = members((tmp_path / "pause.tar").read_bytes())
    manifest = json.loads(blobs["index.json"])["manifests"][0]
    layer = json.loads(blobs[blob_name(manifest)])["layers"][0]
    program = members(blobs[blob_name(layer)])["pause"]
    assert manifest["annotations"]["io.containerd.image.name"] == pause.REFERENCE
    assert program.startswith(b"\x7fELF")


def members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return {each.name: file.read() for each in opened if (file := opened.extractfile(each))}


def blob_name(descriptor: dict[str, str]) -> str:
    return "blobs/" + descriptor["digest"].replace(":", "/")


def test_kubelet_accepts_cgroup_v1_and_leaves_the_hosts_oom_score_alone() -> None:
    config = node_files.kubelet(LAYOUT, "/cloudnative/x")
    assert (config["failCgroupV1"], config["cgroupDriver"], config["oomScoreAdj"]) == (False, "cgroupfs", 0)


def test_pull_credentials_are_private_and_name_every_registry(tmp_path: Path) -> None:
    layout = Layout(tmp_path, Path("/run/n"), "", "", 1, 2, 3, 4, 5)
    image_pulls.write_pull_credentials(layout, "user", "secret", [5000, 5001])
    file = tmp_path / "config/pull-credentials.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(file.read_text())["auth"]) == {"127.0.0.1:5000", "127.0.0.1:5001"}
    assert "secret" not in (tmp_path / "config/credential-providers/pull-credentials").read_text()


def test_users_are_called_by_their_object_id() -> None:
    jwt = authentication(spec(SYSTEM), "PEM")["jwt"][0]
    assert jwt["issuer"] == {
        "url": "https://127.0.0.1:1/t/v2.0",
        "audiences": ["a"],
        "certificateAuthority": "PEM",
    }
    assert jwt["claimMappings"]["username"] == {"claim": "oid", "prefix": ""}


def test_role_assignments_are_asked_last_and_never_for_the_clusters_own_users() -> None:
    authorizers = authorization("/x")["authorizers"]
    assert [each["type"] for each in authorizers] == ["Node", "RBAC", "Webhook"]
    assert authorizers[2]["webhook"]["matchConditions"] == [
        {"expression": "!request.user.startsWith('system:')"}
    ]


def test_cgroup_v1_groups_get_cpus_and_go_away_again(tmp_path: Path) -> None:
    for controller in ("cpuset", "memory"):
        (tmp_path / controller).mkdir()
        (tmp_path / controller / "cgroup.procs").touch()
    assert cgroups.make("one", tmp_path) == "/cloudnative/one"
    assert (tmp_path / "memory/cloudnative/one").is_dir()
    cgroups.remove("one", tmp_path)
    assert not (tmp_path / "memory/cloudnative").exists()


def test_groups_of_containers_that_a_killed_daemon_left_are_gone_before_the_node_boots(
    tmp_path: Path,
) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory/cgroup.procs").touch()
    stale = tmp_path / "memory/cloudnative/one/kubepods/pod1"
    stale.mkdir(parents=True)
    cgroups.make("one", tmp_path)
    assert list((tmp_path / "memory/cloudnative/one").iterdir()) == []


def test_cgroup_v2_controllers_are_switched_on_on_the_way_down(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    (tmp_path / "cgroup.subtree_control").touch()
    assert cgroups.hierarchies(tmp_path) == [tmp_path]
    cgroups.make("one", tmp_path)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory"


def test_containerd_trusts_the_registry_also_when_it_asks_again_after_a_404(tmp_path: Path) -> None:
    layout = Layout(tmp_path, Path("/run/n"), "", "", 1, 2, 3, 4, 5)
    image_pulls.write_registry_hosts(layout, "PEM", [5000], 5001)
    hosts = tomllib.loads((tmp_path / "config/registries/127.0.0.1:5000/hosts.toml").read_text())
    assert (
        hosts["ca"]
        == hosts["host"]["https://127.0.0.1:5000"]["ca"]
        == "/run/n/config/registries/emulator-ca.pem"
    )


def test_secrets_are_encrypted_with_a_key_that_is_kept_and_private(tmp_path: Path) -> None:
    key = Pki.load(tmp_path).secrets_key
    first, last = encryption(key)["resources"][0]["providers"]
    assert first["secretbox"]["keys"][0]["secret"] == Pki.load(tmp_path).secrets_key
    assert last == {"identity": {}}
    assert (tmp_path / "pki/secrets.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("kind", "ingress", "seems"),
    [
        ("LoadBalancer", None, True),
        ("LoadBalancer", [{"ip": "198.18.0.3"}], True),  # of a real node that ran before
        ("LoadBalancer", [{"hostname": NO_ADDRESS}], False),
        ("ClusterIP", None, False),
    ],
)
def test_no_load_balancer_of_simulated_pods_keeps_an_address(kind: str, ingress: Any, seems: bool) -> None:
    service = {"spec": {"type": kind}, "status": {"loadBalancer": {"ingress": ingress} if ingress else {}}}
    assert seems_to_answer(service) is seems

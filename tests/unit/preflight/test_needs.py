"""What preflight asks for follows from config and state: nothing is asked about what is there."""

from pathlib import Path
from typing import Any

import pytest

from cloudnative.preflight import account
from cloudnative.preflight.needs import PULL, PUSH, REACH, Needs, needs_of_release, needs_of_up
from cloudnative.preflight.questions import SUBSCRIPTION, questions_of
from cloudnative.preflight.run import makes_infrastructure
from cloudnative_components.azure.naming import environment_names
from cloudnative_components.config import EnvironmentConfig, load_environment

CLUSTER = "azure-native:containerservice:ManagedCluster"
REGISTRY = "azure-native:containerregistry:Registry"
HERE = "/subscriptions/s/resourceGroups/rg-shop-dev"


def config_of(folder: Path, *lines: str) -> EnvironmentConfig:
    (folder / "compose.yaml").write_text("services: {}\n")
    given = ["cloud: emulator", "regions: [koreacentral]", "application: compose.yaml", *lines]
    file = folder / "Pulumi.dev.yaml"
    file.write_text("config:\n" + "".join(f"  cloudnative:{line}\n" for line in given))
    return load_environment(file)


def needs_of(config: EnvironmentConfig, *resources: dict[str, Any]) -> Any:
    names = environment_names(
        project="shop", environment=config.name, subscription="s", regions=config.regions
    )
    return needs_of_up(config, names, "s", {"resources": list(resources)})


def cluster(**inputs: Any) -> dict[str, Any]:
    pool = {"count": 1, "vmSize": "Standard_D2s_v5"}
    given = {"location": "koreacentral", "resourceName": "aks", "agentPoolProfiles": [pool], **inputs}
    return {"type": CLUSTER, "id": f"{HERE}/aks", "inputs": given}


REGISTRY_THERE: dict[str, Any] = {"type": REGISTRY, "id": f"{HERE}/cr", "inputs": {}}


def test_of_an_unchanged_environment_only_the_rights_are_asked(tmp_path: Path) -> None:
    needs = needs_of(config_of(tmp_path), cluster(), REGISTRY_THERE)
    assert (needs.clusters, needs.providers, needs.registry) == ((), (), "")
    assert len(needs.rights) == 1


def test_a_new_environment_asks_for_all_its_nodes_and_those_of_an_upgrade(tmp_path: Path) -> None:
    (found,) = needs_of(config_of(tmp_path, "node_count: 11", "max_node_count: 11")).clusters
    assert (found.nodes, found.surge) == (11, 2)  # 10 %, rounded up


def test_a_dedicated_system_pool_counts_with_a_third_of_each_pool_for_upgrades(tmp_path: Path) -> None:
    lines = ("node_count: 3", "max_node_count: 5", "dedicated_system_pool: true", "system_node_count: 4")
    (found,) = needs_of(config_of(tmp_path, *lines, "surge_upgrades: true")).clusters
    assert (found.nodes, found.surge) == (7, 3)


def test_a_cluster_that_is_there_asks_only_for_nodes_on_top(tmp_path: Path) -> None:
    config = config_of(tmp_path, "node_count: 3", "max_node_count: 5")
    (found,) = needs_of(config, cluster(), REGISTRY_THERE).clusters
    assert (found.nodes, found.version) == (2, "")


def test_another_size_asks_for_all_nodes_again(tmp_path: Path) -> None:
    config = config_of(tmp_path, "vm_size: Standard_D4s_v5")
    (found,) = needs_of(config, cluster(), REGISTRY_THERE).clusters
    assert (found.size, found.nodes) == ("Standard_D4s_v5", 1)


def test_another_version_is_asked_for_without_nodes(tmp_path: Path) -> None:
    config = config_of(tmp_path, 'kubernetes_version: "1.37"')
    (found,) = needs_of(config, cluster(kubernetesVersion="1.36"), REGISTRY_THERE).clusters
    assert (found.version, found.nodes) == ("1.37", 0)


def test_zones_are_asked_for_where_the_region_has_them(tmp_path: Path) -> None:
    config = config_of(tmp_path, "zones: true").model_copy(update={"regions": ["koreacentral", "koreasouth"]})
    assert [need.zones for need in needs_of(config).clusters] == [("1", "2", "3"), ()]


@pytest.mark.parametrize(
    ("line", "provider"),
    [
        ("log_analytics: true", "Microsoft.OperationalInsights"),
        ("managed_prometheus: true", "Microsoft.Monitor"),
        ("azure_policy: true", "Microsoft.PolicyInsights"),
    ],
)
def test_a_setting_asks_for_the_provider_that_it_needs(tmp_path: Path, line: str, provider: str) -> None:
    off = [f"{name}: false" for name in ("log_analytics", "managed_prometheus", "azure_policy", "defender")]
    lines = [other for other in off if other.split(":", maxsplit=1)[0] != line.split(":", maxsplit=1)[0]]
    assert provider not in needs_of(config_of(tmp_path, *off)).providers
    assert provider in needs_of(config_of(tmp_path, *lines, line)).providers


def actions(needs: Needs) -> dict[str, tuple[str, ...]]:
    return {right.scope: right.actions for right in needs.rights}


@pytest.mark.parametrize(("pushes", "registry"), [(True, PUSH), (False, PULL)])
def test_a_release_needs_its_clusters_and_its_registry_and_no_right_to_change_them(
    tmp_path: Path, pushes: bool, registry: str
) -> None:
    have = {"resources": [cluster(), REGISTRY_THERE]}
    needs = needs_of_release("s", config_of(tmp_path), have, pushes=pushes)
    assert actions(needs) == {f"{HERE}/aks": (REACH,), f"{HERE}/cr": (registry,)}
    assert (needs.closed, needs.providers, needs.clusters) == ((), (), ())


def test_a_rollback_of_one_region_needs_that_region_alone(tmp_path: Path) -> None:
    far = {**cluster(location="japaneast"), "id": f"{HERE}/far"}
    have = {"resources": [cluster(), far]}
    needs = needs_of_release("s", config_of(tmp_path), have, regions=["japaneast"], pushes=False)
    assert actions(needs) == {f"{HERE}/far": (REACH,)}


HANDED_OUT = ("registry: cr.io", f"cluster_ids: {{koreacentral: {HERE}/theirs}}")


@pytest.mark.parametrize(
    ("line", "registry"), [("tags: {}", {}), (f"registry_id: {HERE}/cr", {f"{HERE}/cr": (PUSH,)})]
)
def test_of_clusters_of_others_their_use_is_asked_about_and_not_their_subscription(
    tmp_path: Path, line: str, registry: dict[str, tuple[str, ...]]
) -> None:
    needs = needs_of_release("s", config_of(tmp_path, *HANDED_OUT, line), None)
    assert actions(needs) == {f"{HERE}/theirs": (REACH,), **registry}
    assert needs.closed == (f"{HERE}/theirs",)
    assert SUBSCRIPTION not in questions_of(needs)
    assert list(account.subscription(needs, {})) == []


RELEASE: dict[str, Any] = {
    "type": "cloudnative:index:Release", "urn": "u::shop-koreacentral",
    "inputs": {"clusterId": f"{HERE}/theirs", "application": "shop"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "lines", "resources", "makes"),
    [
        ("up", (), [], True),
        ("preview", (), [cluster()], True),
        ("deploy", (), [cluster()], False),
        ("rollback", (), [cluster()], False),
        ("promote", (), [], True),
        ("promote", (), [cluster()], False),
        ("promote", (), [RELEASE], False),
        ("up", HANDED_OUT, [], False),
        ("promote", HANDED_OUT, [], False),
    ],
)
def test_who_makes_infrastructure(
    tmp_path: Path, verb: str, lines: tuple[str, ...], resources: list[Any], makes: bool
) -> None:
    config = config_of(tmp_path, *lines)
    assert makes_infrastructure(verb, config, {"resources": resources}) is makes


@pytest.mark.parametrize(
    "profile", [{"enablePrivateCluster": True}, {"authorizedIPRanges": ["203.0.113.0/24"]}]
)
def test_a_cluster_that_not_everybody_reaches_is_tried(tmp_path: Path, profile: dict[str, Any]) -> None:
    closed = cluster(apiServerAccessProfile=profile)
    needs = needs_of_release("s", config_of(tmp_path), {"resources": [closed]})
    assert needs.closed == (f"{HERE}/aks",)

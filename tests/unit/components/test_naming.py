import re
from typing import Any

import pytest

from cloudnative_components.azure.naming import (
    EnvironmentNames,
    environment_names,
    registry_name,
    role_assignment_name,
)
from cloudnative_components.azure.regions import azure_region, azure_regions
from cloudnative_toolchain.errors import ConfigError

SUBSCRIPTION = "00000000-1111-2222-3333-444444444444"


def names(**changes: Any) -> EnvironmentNames:
    given: dict[str, Any] = {
        "project": "cloudnative",
        "environment": "dev",
        "subscription": SUBSCRIPTION,
        "regions": ["koreacentral"],
    }
    return environment_names(**{**given, **changes})


def test_names_follow_the_documented_pattern():
    made = names()

    assert made.group == "rg-cloudnative-dev"
    assert re.fullmatch(r"crcloudnativedev[0-9a-f]{6}", made.registry)
    region = made.regions["koreacentral"]
    assert region.group == "rg-cloudnative-dev-krc"
    assert region.node_group == "rg-cloudnative-dev-krc-nodes"
    assert region.cluster == "aks-cloudnative-dev-krc"
    assert region.kubelet_identity == "id-cloudnative-dev-krc-kubelet"


def test_every_region_gives_a_valid_node_group_for_a_long_project():  # AKS-41, REG-05
    made = names(project="a" * 30, environment="staging", regions=list(azure_regions()))

    assert max(len(region.node_group) for region in made.regions.values()) <= 63


@pytest.mark.parametrize(
    ("change", "rule", "setting"),
    [
        ({"project": "p" * 60, "registry": "abcde"}, "1-63", "resource_group_name"),
        ({"registry": "with-hyphen"}, "no hyphen", "registry_name"),
        ({"cluster": "-x"}, "no - or _", "cluster_name"),
        ({"cluster": "x" * 53}, "1-54", "cluster_name"),
        ({"resource_group": "dot."}, "no dot at the end", "resource_group_name"),
    ],
)
def test_an_invalid_name_says_the_rule_and_the_setting(change: dict[str, str], rule: str, setting: str):
    with pytest.raises(ConfigError) as caught:
        names(**change)

    assert rule in caught.value.why
    assert setting in caught.value.fix


def test_own_names_take_the_regions_code():
    made = names(resource_group="platform", cluster="shop_eu", registry="shopregistry")

    assert made.registry == "shopregistry"
    region = made.regions["koreacentral"]
    assert (region.group, region.node_group) == ("platform-krc", "platform-krc-nodes")
    assert (region.cluster, region.dns_prefix) == ("shop_eu-krc", "shop-eu-krc")


def test_registry_name_differs_per_subscription_and_drops_what_azure_forbids():
    one = registry_name("My_App", "dev-1", SUBSCRIPTION)

    assert one.startswith("crmyappdev1")
    assert one != registry_name("My_App", "dev-1", SUBSCRIPTION.replace("0", "9"))


def test_role_assignment_name_is_stable_and_differs_by_scope():  # GOT-03
    one = role_assignment_name("/Scope/A", "p", "r")

    assert one == role_assignment_name("/scope/a", "P", "r")
    assert one != role_assignment_name("/scope/b", "p", "r")


def test_region_table_has_57_regions_with_unique_codes():  # REG-06
    regions = azure_regions()

    assert len(regions) == 57
    assert len({region.code for region in regions.values()}) == 57
    assert sum(region.zones for region in regions.values()) == 39
    assert sum(region.restricted for region in regions.values()) == 8


def test_unknown_region_suggests_a_near_one():
    with pytest.raises(ConfigError, match="koreacentral"):
        azure_region("koreacental")


def test_display_name_finds_the_region():
    assert azure_region("Korea Central").code == "krc"

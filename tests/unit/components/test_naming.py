import re

import pytest

from cloudnative_components.naming import environment_names, registry_name, role_assignment_name
from cloudnative_components.regions import azure_region, azure_regions
from cloudnative_toolchain.errors import ConfigError

SUBSCRIPTION = "00000000-1111-2222-3333-444444444444"


def names(**changes):
    given = {
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
    ("change", "rule", "key"),
    [
        ({"project": "p" * 60}, "1-63", "koreacentral.node_group"),
        ({"overrides": {"registry": "with-hyphen"}}, "no hyphen", "registry"),
        ({"overrides": {"koreacentral.cluster": "-x"}}, "no - or _", "koreacentral.cluster"),
        ({"overrides": {"group": "dot."}}, "no dot at the end", "group"),
        ({"overrides": {"koreacentral.kubelet_identity": "ab"}}, "3-128", "koreacentral.kubelet_identity"),
    ],
)
def test_an_invalid_name_says_the_rule_and_the_override(change, rule, key):
    if "project" in change:
        change = {**change, "overrides": {"registry": "abcde"}}

    with pytest.raises(ConfigError) as caught:
        names(**change)

    assert rule in caught.value.why
    assert key in caught.value.fix


def test_an_override_of_nothing_we_name_is_refused():
    with pytest.raises(ConfigError, match=r"unknown name override 'koreacentral\.clster'"):
        names(overrides={"koreacentral.clster": "x"})


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

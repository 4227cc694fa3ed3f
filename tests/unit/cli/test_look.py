"""Which region a verb means."""

from typing import Any

import pytest

from cloudnative.look import View, region_of
from cloudnative_toolchain.errors import ConfigError


def view(*regions: str) -> View:
    clusters: list[Any] = [
        {"type": "azure-native:containerservice:ManagedCluster", "id": name, "inputs": {"location": name}}
        for name in regions
    ]
    return View("dev", "emulator", {"resources": clusters})


def test_the_only_region_need_not_be_named() -> None:
    assert region_of(view("koreacentral"), "")["name"] == "koreacentral"


def test_of_several_regions_one_must_be_named() -> None:
    with pytest.raises(ConfigError, match="which region") as raised:
        region_of(view("koreacentral", "japaneast"), "")
    assert raised.value.why == "regions with a cluster: koreacentral, japaneast"


def test_an_unknown_region_is_told_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="'korea'") as raised:
        region_of(view("koreacentral"), "korea")
    assert "koreacentral" in raised.value.why


@pytest.mark.parametrize(("asked", "fix"), [("", "koreacentral"), ("japanwest", "japaneast")])
def test_a_verb_that_takes_a_region_is_told_with_one(asked: str, fix: str) -> None:
    with pytest.raises(ConfigError) as raised:
        region_of(view("koreacentral", "japaneast"), asked, kubeconfig=True)
    assert raised.value.fix == f"cloudnative kubeconfig dev {fix}"

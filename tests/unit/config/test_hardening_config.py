"""The baseline's settings: defaults by profile, what follows from what, and what contradicts itself."""

from pathlib import Path
from typing import Any

import pytest

from cloudnative_components.config import EnvironmentConfig, load_environment
from cloudnative_components.config.hardening import EXAMPLES_OF_HARDENING, HardeningConfig
from cloudnative_components.config.hardening_defaults import HARDENING
from cloudnative_components.hardening import hardened_region, hardened_registry, refuse_undecided_access
from cloudnative_toolchain.errors import ConfigError


def environment(**settings: Any) -> EnvironmentConfig:
    least = {"name": "prod", "cloud": "emulator", "regions": ["koreacentral"], "application": ["/c.yaml"]}
    return EnvironmentConfig.model_validate({**least, **settings})


def file_error(folder: Path, *lines: str) -> ConfigError:
    """What the file's reader says of an environment with these lines."""
    file = folder / "Pulumi.prod.yaml"
    least = ["cloud: emulator", "profile: prod", "regions: [koreacentral]", "application: c.yaml", *lines]
    file.write_text("config:\n" + "".join(f"  cloudnative:{line}\n" for line in least))
    with pytest.raises(ConfigError) as refused:
        load_environment(file)
    return refused.value


def test_both_profiles_decide_the_same_settings() -> None:
    assert HARDENING["dev"].keys() == HARDENING["prod"].keys()


def test_every_setting_has_an_example() -> None:
    assert EXAMPLES_OF_HARDENING.keys() == HardeningConfig.model_fields.keys()


@pytest.mark.parametrize("profile", ["dev", "prod"])
@pytest.mark.parametrize("setting", HARDENING["dev"])
def test_every_default_can_be_overridden(profile: str, setting: str) -> None:
    other = HARDENING["dev" if profile == "prod" else "prod"][setting]
    more = {"log_analytics": True} if setting == "defender" else {}
    more |= {"defender": False} if setting == "log_analytics" else {}
    found = environment(profile=profile, **{**more, setting: other})
    assert getattr(found, setting) == other


@pytest.mark.parametrize(
    ("given", "follows"),
    [
        ({"cluster_tier": "Free"}, {"cost_analysis": False}),
        ({"log_analytics": False}, {"defender": False}),
        ({"private_cluster": True}, {"registry_access": "private", "registry_sku": "Premium"}),
        ({"registry_access": "endpoints"}, {"registry_sku": "Premium"}),
        ({"private_cluster": True, "registry_access": "public"}, {"registry_sku": "Standard"}),
        ({"private_cluster": True, "own_network": False}, {"registry_access": "public"}),
    ],
)
def test_what_follows_need_not_be_said(given: dict[str, Any], follows: dict[str, Any]) -> None:
    found = environment(profile="prod", **given)
    assert {name: getattr(found, name) for name in follows} == follows


@pytest.mark.parametrize(
    ("lines", "field", "why"),
    [
        (["private_cluster: true", "authorized_ip_ranges: [203.0.113.0/24]"], "private_cluster", "no public"),
        (["allow_any_ip: true", "authorized_ip_ranges: [203.0.113.0/24]"], "allow_any_ip", "contradict"),
        (["defender: true", "log_analytics: false"], "defender", "log_analytics` is off"),
        (["network_cidr: 10.64.0.0/24"], "network_cidr", "of a /22 or more"),
        (["network_cidr: 10.0.128.0/17"], "network_cidr", "the addresses of Services"),
        (["network_cidr: 10.240.0.0/12"], "network_cidr", "the addresses of pods"),
        (["authorized_ip_ranges: [203.0.113.0/42]"], "authorized_ip_ranges", "does not appear to be"),
        (["maintenance_window: Caturday 02:00"], "maintenance_window", "does not match"),
        (["registry_access: private", "own_network: false"], "own_network", "need a network of ours"),
        (
            ["registry_sku: Standard", "registry_access: endpoints"],
            "registry_sku",
            "the only SKU that has them",
        ),
        (["registry_access: private", "builder: acr"], "builder", "outside of the network"),
        (["deployment_safeguards: Enfroce"], "deployment_safeguards", "did you mean 'Enforce'?"),
    ],
)
def test_what_does_not_fit_together_is_told_at_its_line(
    tmp_path: Path, lines: list[str], field: str, why: str
) -> None:
    error = file_error(tmp_path, *lines)
    assert why in error.why
    assert error.docs == f"docs/config.md#{field}"
    assert error.location and error.location.line > 4


@pytest.mark.parametrize(
    "decision",
    [{"authorized_ip_ranges": ["203.0.113.7/32"]}, {"private_cluster": True}, {"allow_any_ip": True}],
)
def test_on_azure_somebody_says_who_reaches_the_api_servers(decision: dict[str, Any]) -> None:  # AKS-07
    with pytest.raises(ConfigError, match="who may reach"):
        refuse_undecided_access(environment(cloud="azure"))

    refuse_undecided_access(environment(cloud="azure", **decision))
    refuse_undecided_access(environment(cloud="emulator"))


def test_zones_are_asked_for_where_the_region_has_them() -> None:  # AKS-18
    both = environment(profile="prod", regions=["koreacentral", "koreasouth"])
    assert hardened_region(both, "koreacentral")["zones"] == ["1", "2", "3"]
    assert hardened_region(both, "koreasouth")["zones"] == []


def test_switched_off_is_left_out() -> None:
    found = hardened_region(environment(deployment_safeguards="off"), "koreacentral")
    assert "deployment_safeguards" not in found
    assert "maintenance_window" not in found


def test_several_regions_need_the_registry_that_replicates() -> None:  # ACR-01
    assert hardened_registry(environment(profile="prod")).get("sku") == "Standard"
    two = environment(profile="prod", regions=["koreacentral", "japaneast"])
    assert hardened_registry(two).get("sku") == "Premium"

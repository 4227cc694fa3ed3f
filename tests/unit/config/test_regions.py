"""Regions, waves, gates and placement in a stack file, and the catalogue that they are checked against."""

import json
from pathlib import Path

import pytest

from cloudnative_components.azure.regions import AzureRegion, azure_regions, catalogue, instead_of, near_names
from cloudnative_components.config import EnvironmentConfig, load_environment
from cloudnative_components.config.profiles import DEFAULTS
from cloudnative_toolchain.errors import ConfigError, ExitCode

GOOD = """\
config:
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral, japaneast, westeurope]
  cloudnative:application: ../app/compose.yaml
"""


def load(folder: Path, *more: str, name: str = "prod", text: str = GOOD) -> EnvironmentConfig:
    path = folder / f"Pulumi.{name}.yaml"
    path.write_text(text + "".join(f"  cloudnative:{line}\n" for line in more))
    return load_environment(path)


def fault(folder: Path, *more: str, text: str = GOOD) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(folder, *more, text=text)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value


def test_without_waves_the_first_region_goes_alone(tmp_path: Path):
    assert load(tmp_path).release_waves == [["koreacentral"], ["japaneast", "westeurope"]]
    alone = GOOD.replace("[koreacentral, japaneast, westeurope]", "koreacentral")
    assert load(tmp_path, text=alone).release_waves == [["koreacentral"]]


def test_waves_are_taken_as_written_and_one_region_needs_no_brackets(tmp_path: Path):
    config = load(tmp_path, "waves: [[japaneast, westeurope], koreacentral]")
    assert config.release_waves == [["japaneast", "westeurope"], ["koreacentral"]]


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("waves: [[koreacentral], [japaneast]]", "5:3", "no wave has 'westeurope'"),
        ("waves: [[koreacentral, japaneast], [westeurope, japaneast]]", "5:3", "'japaneast' is there twice"),
        ("waves: [[koreacentral], [japaneast, westus]]", "5:51", "'westus' is not one of `regions`"),
        ("waves: [[koreacentral], [japaneast, westeurop]]", "5:51", "did you mean 'westeurope'"),
        ("waves: [[koreacentral, japaneast, westeurope], []]", "5:62", "at least 1 item"),
        ("waves: koreacentral", "5:22", "must be a list"),
        ("gate: {bake_second: 3}", "5:22", "did you mean 'bake_seconds'"),
        ("gate: {bake_seconds: soon}", "5:22", "must be a whole number"),
        ("gate: {path: readyz}", "5:22", "does not match ^/"),
        ("on_failure: rolback", "5:27", "did you mean 'rollback'"),
        ("placement: {db: japanest}", "5:27", "did you mean 'japaneast'"),
        ("registry_region: koreasentral", "5:32", "did you mean 'koreacentral'"),
    ],
)
def test_a_slip_has_its_place_and_what_is_allowed(tmp_path: Path, line: str, place: str, words: str):
    found = fault(tmp_path, line)
    assert words in found.why
    assert str(found.location).endswith(f"Pulumi.prod.yaml:{place}")


def test_a_profile_is_a_default_for_each_part_of_a_gate(tmp_path: Path):
    gate = load(tmp_path, "profile: prod", "gate: {service: web, path: /readyz}").gate
    assert (gate.service, gate.path, gate.bake_seconds, gate.timeout_seconds) == ("web", "/readyz", 30, 300)


def test_the_profiles_have_the_same_keys():
    assert set(DEFAULTS["dev"]) == set(DEFAULTS["prod"])


@pytest.mark.parametrize("key", [key for key in DEFAULTS["prod"] if DEFAULTS["dev"][key] not in (None, "")])
def test_every_value_of_a_profile_can_be_written_otherwise(tmp_path: Path, key: str):
    alone = GOOD.replace("[koreacentral, japaneast, westeurope]", "koreacentral")
    dev = load(tmp_path, "profile: dev", text=alone)
    own = load(tmp_path, "profile: prod", f"{key}: {json.dumps(DEFAULTS['dev'][key])}", text=alone)
    assert getattr(own, key) == getattr(dev, key)


def test_a_region_that_is_no_region_is_told_with_the_nearest_names(tmp_path: Path):
    found = fault(tmp_path, text=GOOD.replace("japaneast", "japaneest"))
    assert "did you mean 'japanwest' or 'japaneast'" in found.why
    assert str(found.location).endswith("Pulumi.prod.yaml:3:39")


def test_a_country_finds_its_regions():
    assert near_names("Korea") == ["koreacentral", "koreasouth"]
    assert near_names("Korea Centrl")[0] == "koreacentral"
    assert near_names("moon") == []


def test_a_restricted_region_is_refused_with_others_and_taken_when_asked_for(tmp_path: Path):
    restricted = GOOD.replace("japaneast", "norwaywest")
    found = fault(tmp_path, text=restricted)
    assert "take norwayeast" in found.why
    assert str(found.location).endswith(":3:39")
    config = load(tmp_path, "allow_restricted_regions: true", text=restricted)
    assert config.regions[1] == "norwaywest"


def test_a_region_without_aks_is_refused_whatever_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    without = AzureRegion("japaneast", "jpe", "Japan East", "Japan", "japanwest", True, False, False)
    monkeypatch.setitem(azure_regions(), "japaneast", without)
    found = fault(tmp_path, "allow_restricted_regions: true")
    assert "AKS is not offered there; take japanwest" in found.why


def test_every_unsuitable_region_has_another_to_take():
    unsuitable = [region for region in azure_regions().values() if region.unsuitable]
    assert len(unsuitable) == 8
    assert all(instead_of(region) for region in unsuitable)


def test_the_catalogue_is_dated():
    assert (catalogue().checked, len(catalogue().regions)) == ("2026-11-22", 57)
    assert catalogue().source.startswith("https://learn.microsoft.com/")


def test_a_registry_at_home_elsewhere_replicates_to_the_only_region(tmp_path: Path):
    alone = GOOD.replace("[koreacentral, japaneast, westeurope]", "japaneast")
    config = load(tmp_path, "registry_region: koreacentral", text=alone)
    assert (config.registry_home, config.registry_sku) == ("koreacentral", "Premium")

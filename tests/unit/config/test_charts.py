"""What charts are told by an environment's file, and by programs in Python and other languages."""

from pathlib import Path

import pytest
from tests.unit.application.project import environment

from cloudnative_components.config import load_environment
from cloudnative_components.environment import environment_args
from cloudnative_toolchain.errors import ConfigError

STACK = """\
config:
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../chart
  cloudnative:charts:
    shop:
      value_files: a.yaml
      values:
"""


def values(folder: Path, *lines: str) -> object:
    file = folder / "Pulumi.dev.yaml"
    file.write_text(STACK + "".join(f"        {line}\n" for line in lines))
    return load_environment(file).charts["shop"].values


def test_values_keep_their_types_and_null_takes_a_default_away(tmp_path: Path):
    given = values(tmp_path, "a: {b: [1, 2.5, yes, true]}", "c: null", "tag: '1.30'", "big: 1e3")

    assert given == {"a": {"b": [1, 2.5, "yes", True]}, "c": None, "tag": "1.30", "big": 1000}


@pytest.mark.parametrize("number", ["1.30", "1.0", ".inf"])
def test_a_number_that_would_reach_the_chart_as_another_is_an_error_with_its_place(
    tmp_path: Path, number: str
):
    with pytest.raises(ConfigError) as caught:
        values(tmp_path, "image:", f"  tag: {number}")

    assert caught.value.what == "cloudnative:charts.shop.values.image.tag is not valid"
    assert str(caught.value.location) == f"{tmp_path}/Pulumi.dev.yaml:10:11"


def test_a_program_gets_the_same_null_among_values():
    config = environment(charts={"shop": {"values": {"a": None, "b": {"c": None}}}})

    assert environment_args(config).get("charts") == {
        "shop": {"value_files": [], "values": {"a": None, "b": {"c": None}}, "api_versions": []}
    }


def test_whole_numbers_of_other_languages_are_whole():
    config = environment(charts={"shop": {"values": {"replicas": 2.0, "ratio": 0.5}}})

    assert repr(config.charts["shop"].values) == "{'replicas': 2, 'ratio': 0.5}"

"""`stacks/Pulumi.<env>.yaml` as a typed environment, or one error that says what to write."""

from pathlib import Path

import pytest

from cloudnative_components.config import EnvironmentConfig, json_schema, load_environment
from cloudnative_toolchain.errors import ConfigError, ExitCode

GOOD = """\
encryptionsalt: v1:abc
config:
  azure-native:location: koreacentral
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../app/compose.yaml
"""


def line(text: str) -> str:
    return f"  cloudnative:{text}\n  cloudnative:cloud"


def write(folder: Path, text: str, name: str = "Pulumi.dev.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_small_file_gets_the_defaults_of_its_profile(tmp_path: Path):
    config = load_environment(write(tmp_path, GOOD))
    assert (config.name, config.cloud, config.profile, config.node_count) == ("dev", "emulator", "dev", 1)
    assert config.application == [(tmp_path / "../app/compose.yaml").resolve()]
    assert config.other == {"encryptionsalt": "v1:abc", "azure-native:location": "koreacentral"}


def test_prod_in_several_regions_replicates_its_registry(tmp_path: Path):
    text = GOOD.replace("[koreacentral]", "[koreacentral, westeurope]\n  cloudnative:profile: prod")
    config = load_environment(write(tmp_path, text, "Pulumi.prod.yaml"))
    assert (config.node_count, config.registry_sku, config.cluster_tier) == (3, "Premium", "Standard")


def test_what_is_written_wins_over_the_profile(tmp_path: Path):
    config = load_environment(write(tmp_path, GOOD + "  cloudnative:node_count: 5\n"))
    assert config.node_count == 5


def test_a_version_number_is_text(tmp_path: Path):
    config = load_environment(write(tmp_path, GOOD + "  cloudnative:kubernetes_version: 1.30\n"))
    assert config.kubernetes_version == "1.30"


def test_one_region_or_file_needs_no_brackets(tmp_path: Path):
    config = load_environment(write(tmp_path, GOOD.replace("[koreacentral]", "koreacentral")))
    assert config.regions == ["koreacentral"]


def test_tags_keep_their_zeros(tmp_path: Path):
    config = load_environment(write(tmp_path, GOOD + "  cloudnative:tags: {costs: 0123, live: yes}\n"))
    assert config.tags == {"costs": "0123", "live": "yes"}


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("emulator", "emulater", "4:22", "did you mean 'emulator'"),
        ("emulator", "[emulator]", "4:3", "must be text, not a list"),
        ("emulator", "", "4:3", "must be text, not nothing"),
        ("cloudnative:cloud", "cloudnative:clowd", "4:3", "did you mean 'cloudnative:cloud'"),
        ("cloudnative:cloud", "cloudnativ:cloud", "4:3", "did you mean 'cloudnative:cloud'"),
        ("cloudnative:cloud", "cloud", "4:3", "did you mean 'cloudnative:cloud'"),
        ("  cloudnative:cloud: emulator\n", "", "3:3", "cloudnative:cloud is missing"),
        ("koreacentral]", "koreacentrall]", "5:25", "did you mean 'koreacentral'"),
        ("[koreacentral]", "[koreacentral, koreacentral]", "5:3", "is there twice"),
        ("[koreacentral]", "[]", "5:3", "at least 1 item"),
        ("[koreacentral]", "{a: b}", "5:3", "must be a list"),
        ("../app/compose.yaml", "''", "6:28", "is empty"),
        ("config:", "confg:", "2:1", "did you mean 'config'"),
        ("  cloudnative:cloud", line("node_count: 0"), "4:27", "equal to 1, not 0"),
        ("  cloudnative:cloud", line("node_count: '3'"), "4:27", "a whole number"),
        ("  cloudnative:cloud", line("replicas: {Web: 3}"), "4:26", "'Web'"),
        ("  cloudnative:cloud", line("tags: 3"), "4:21", "must be a mapping"),
        ("  cloudnative:cloud", line("builder: {secure: v1}"), "4:3", "encrypted"),
        ("  cloudnative:cloud", line("registry_name: a-b"), "4:30", "does not match"),
    ],
)  # fmt: skip
def test_one_error_with_place_reason_and_fix(tmp_path: Path, old: str, new: str, place: str, words: str):
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_environment(path)
    error = caught.value
    assert str(error.location) == f"{path}:{place}"
    assert words in str(error)
    assert error.fix
    assert (error.exit_code, "Scalar(" in str(error)) == (ExitCode.USAGE, False)


@pytest.mark.parametrize(
    "name", ["Pulumi.yaml", "Pulumi.Dev.yaml", "Pulumi.a_b.yaml", f"Pulumi.{'x' * 21}.yaml"]
)
def test_a_file_name_that_is_no_environment(tmp_path: Path, name: str):
    with pytest.raises(ConfigError, match="does not name an environment"):
        load_environment(write(tmp_path, GOOD, name))


@pytest.mark.parametrize("text", ["- a\n", "config: [a]\n", "encryptionsalt: x\n", "config:\n"])
def test_a_file_without_config(tmp_path: Path, text: str):
    with pytest.raises(ConfigError) as caught:
        load_environment(write(tmp_path, text))
    assert caught.value.code in ("config.type", "config.missing")


def test_the_schema_documents_every_field():
    fields = json_schema()["properties"]["config"]["properties"]
    expected = {f"cloudnative:{name}" for name in EnvironmentConfig.model_fields} - {
        "cloudnative:name",
        "cloudnative:other",
    }
    assert fields.keys() == expected
    assert all(field["description"] for field in fields.values())


def test_the_schema_lists_regions_and_refuses_unknown_keys_of_ours():
    config = json_schema()["properties"]["config"]
    assert "koreacentral" in str(config["properties"]["cloudnative:regions"])
    assert list(config["patternProperties"].values()) == [False]

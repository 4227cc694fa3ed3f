"""The contract with every other language: what the plugin's schema says of our components."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).with_name("schema.json")


_PRINT_SCHEMA = """
import json
from cloudnative_components import AksCluster, ContainerRegistry, Environment, Region
from cloudnative_provider.hosting import ComponentHost
schema = ComponentHost([AksCluster, ContainerRegistry, Environment, Region], "0.0.0").schema()
components = {token: one for token, one in schema["resources"].items() if one.get("isComponent")}
print(json.dumps({**schema, "resources": components}, indent=1, sort_keys=True))
"""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """In a process of its own: pulumi.provider and grpcio-status cannot be loaded into one (0031)."""
    printed = subprocess.run(
        [sys.executable, "-c", _PRINT_SCHEMA], check=True, capture_output=True, text=True
    )
    return json.loads(printed.stdout)


def test_schema_is_the_committed_one(schema: dict[str, Any]):
    """Changed on purpose? Write what `_PRINT_SCHEMA` prints into schema.json."""
    assert schema == json.loads(GOLDEN.read_text("utf-8"))


def test_every_argument_and_output_has_a_description(schema: dict[str, Any]):
    nameless = [
        f"{token}.{field}"
        for token, component in schema["resources"].items()
        for kind in ("inputProperties", "properties")
        for field, described in component[kind].items()
        if not described.get("description")
    ]

    assert nameless == []


def test_tokens_are_those_that_the_components_register(schema: dict[str, Any]):
    assert sorted(schema["resources"]) == [
        "cloudnative:index:AksCluster",
        "cloudnative:index:ContainerRegistry",
        "cloudnative:index:Environment",
        "cloudnative:index:Region",
    ]


def test_an_environment_needs_only_name_cloud_regions_and_application(schema: dict[str, Any]):
    environment = schema["resources"]["cloudnative:index:Environment"]

    assert sorted(environment["requiredInputs"]) == ["application", "cloud", "name", "regions"]

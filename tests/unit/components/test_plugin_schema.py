"""The contract with every other language: what the plugin's schema says of components and resources."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cloudnative_components
from cloudnative_components.wire import camel_case

GOLDEN = Path(__file__).with_name("schema.json")


_PRINT_SCHEMA = """
import json
from cloudnative_components.hosted import hosted
from cloudnative_provider.hosting import ComponentHost
print(json.dumps(ComponentHost(hosted(), "0.0.0").schema(), indent=1, sort_keys=True))
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


def test_everything_that_python_programs_import_is_there_for_others(schema: dict[str, Any]):
    classes = [
        name for name in cloudnative_components.__all__ if f"{name}Args" in cloudnative_components.__all__
    ]

    assert sorted(schema["resources"]) == [f"cloudnative:index:{name}" for name in sorted(classes)]


@pytest.mark.parametrize("name", ["Image", "UpstreamImage", "Bundle", "Release", "GeneratedSecret"])
def test_a_resource_has_the_arguments_and_outputs_of_its_python_class(schema: dict[str, Any], name: str):
    known, args = (getattr(cloudnative_components, one) for one in (name, f"{name}Args"))
    described = schema["resources"][f"cloudnative:index:{name}"]

    assert set(described["inputProperties"]) == {camel_case(one) for one in args.__annotations__}
    assert set(described["requiredInputs"]) == {camel_case(one) for one in args.__required_keys__}
    assert set(described["properties"]) >= {camel_case(one) for one in known.__annotations__}


def test_an_environment_needs_only_name_cloud_regions_and_application(schema: dict[str, Any]):
    environment = schema["resources"]["cloudnative:index:Environment"]

    assert sorted(environment["requiredInputs"]) == ["application", "cloud", "name", "regions"]


def test_an_application_needs_only_where_it_comes_from_and_where_it_goes(schema: dict[str, Any]):
    application = schema["resources"]["cloudnative:index:Application"]

    assert sorted(application["requiredInputs"]) == [
        "application",
        "cloud",
        "clusterIds",
        "regions",
        "registry",
    ]

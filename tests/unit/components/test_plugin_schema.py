"""The contract with every other language: what the plugin's schema says of components and resources."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.components.engine import Plugin, plugin

import cloudnative_components
from cloudnative_components.wire import camel_case

GOLDEN = Path(__file__).with_name("schema.json")


def schema_of(running: Plugin) -> dict[str, Any]:
    """Its schema, with the same version at every release."""
    return {**running.schema(), "version": "0.0.0"}


@pytest.fixture(scope="module")
def schema(remote: Plugin) -> dict[str, Any]:
    return schema_of(remote)


def test_schema_is_the_committed_one(schema: dict[str, Any]):
    """After a wanted change: python -m tests.unit.components.test_plugin_schema writes it anew."""
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


if __name__ == "__main__":
    with plugin() as running:
        GOLDEN.write_text(json.dumps(schema_of(running), indent=1, sort_keys=True) + "\n", "utf-8")

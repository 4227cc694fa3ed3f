"""JSON Schema of a stack file, for editors."""

from typing import Any

from .environment import NAMESPACE, PULUMI_KEYS
from .model import EnvironmentConfig


def json_schema() -> dict[str, Any]:
    """The schema of `stacks/Pulumi.<env>.yaml`, draft 2020-12; other packages' config keys are left alone."""
    model = EnvironmentConfig.model_json_schema()
    fields = {key: value for key, value in model["properties"].items() if key not in ("name", "other")}
    needed = ["cloud", "regions", "application"]
    config = {
        "type": "object",
        "properties": {f"{NAMESPACE}:{key}": value for key, value in fields.items()},
        "required": [f"{NAMESPACE}:{key}" for key in needed],
        "patternProperties": {f"^{NAMESPACE}:(?!({'|'.join(fields)})$)": False},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An environment of cloudnative (stacks/Pulumi.<env>.yaml)",
        "type": "object",
        "properties": {"config": config, **{key: {} for key in PULUMI_KEYS}},
        "required": ["config"],
        "additionalProperties": False,
        "$defs": model.get("$defs", {}),
    }

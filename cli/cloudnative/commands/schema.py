"""`cloudnative schema`."""

from __future__ import annotations

from cloudnative import present
from cloudnative.options import Output, OutputOption


def schema(output: OutputOption = Output.JSON) -> None:
    """Print the JSON Schema of an environment's file, for editors."""
    import json

    from cloudnative_components.config import json_schema

    present.result(dict(json_schema()), output, lambda data: json.dumps(data, indent=2) + "\n")

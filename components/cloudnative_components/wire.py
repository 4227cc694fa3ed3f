"""From Python's spelling of arguments to the names our provider knows on the wire."""

from collections.abc import Mapping
from typing import Any

import pulumi


def wire_properties(args: Mapping[str, Any], outputs: tuple[str, ...]) -> dict[str, Any]:
    """Arguments in camelCase, plus one empty place per output, which the SDK fills when the provider answers.

    Only the outermost keys are renamed: what is below belongs to the user (labels, object names, services).
    """
    inputs = {camel_case(key): value for key, value in args.items() if value is not None}
    return {**dict.fromkeys(outputs), **inputs}


def with_options(opts: pulumi.ResourceOptions | None, **fixed: Any) -> pulumi.ResourceOptions:
    """The caller's options with ours merged over them."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(**fixed))


def camel_case(name: str) -> str:
    """`registry_id` as `registryId`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

"""`pulumi-resource-cloudnative`: our plugin as a process, which plain `pulumi up` finds on PATH."""

from __future__ import annotations

import sys
from typing import Any


def hosted_components() -> list[type[Any]]:
    """The components that the plugin offers to programs in other languages."""
    import pulumi

    import cloudnative_components

    exported = (getattr(cloudnative_components, name) for name in cloudnative_components.__all__)
    return [
        item for item in exported if isinstance(item, type) and issubclass(item, pulumi.ComponentResource)
    ]


def main() -> None:
    """Serve until the engine ends us."""
    import cloudnative_provider

    cloudnative_provider.serve(hosted_components(), sys.argv[1:])

"""What the plugin offers to programs in other languages."""

import pulumi

import cloudnative_components


def hosted() -> list[type[pulumi.Resource]]:
    """Every component and resource that the package exports."""
    exported = (getattr(cloudnative_components, name) for name in cloudnative_components.__all__)
    return [item for item in exported if isinstance(item, type) and issubclass(item, pulumi.Resource)]

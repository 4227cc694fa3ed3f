"""Somebody else's image, by the digest that our provider found for its name."""

from typing import TypedDict

import pulumi

from ..wire import wire_properties


class UpstreamImageArgs(TypedDict):
    """Which image."""

    cloud: pulumi.Input[str]
    """Where it will run: `azure` or `emulator`, whose mirror of Docker Hub is asked first."""
    reference: pulumi.Input[str]
    """Its name as a compose file has it: `postgres:16`."""


class UpstreamImage(pulumi.CustomResource):
    """An image by digest: it moves with another reference or a refresh, never by itself."""

    digest: pulumi.Output[str]
    """`sha256:...` of the manifest or the index of all platforms."""
    ref: pulumi.Output[str]
    """`docker.io/library/postgres@digest`."""

    def __init__(
        self, name: str, args: UpstreamImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = wire_properties(dict(args), ("digest", "ref"))
        super().__init__("cloudnative:index:UpstreamImage", name, props, opts)

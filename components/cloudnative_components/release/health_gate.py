"""Between two waves: passed when the regions of the wave before are well for long enough."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from ..wire import wire_properties


class HealthGateArgs(TypedDict):
    """Which regions must be well, and how that is found out."""

    cloud: pulumi.Input[str]
    """Where the clusters live: `azure` or `emulator`."""
    application: pulumi.Input[str]
    """Name of the application."""
    wave: pulumi.Input[int]
    """Number of the wave, for messages."""
    clusters: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """ARM id of the cluster by region."""
    releases: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """When each region was rolled out (`rolled_out` of its Release): another time asks again."""
    service: NotRequired[pulumi.Input[str]]
    """Who is asked over HTTP; every public service when left out."""
    path: NotRequired[pulumi.Input[str]]
    """What is asked for: 200 to 399 will do; without a path and a service anything below 500."""
    bake_seconds: NotRequired[pulumi.Input[int]]
    """How long all must be well without a break; 0 when left out."""
    timeout_seconds: NotRequired[pulumi.Input[int]]
    """How much trouble is borne in all; 300 when left out."""


class HealthGate(pulumi.CustomResource):
    """Fails, and what depends on it is not begun, where a region does not become or stay well."""

    def __init__(self, name: str, args: HealthGateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cloudnative:index:HealthGate", name, wire_properties(args, ()), opts)

"""What a release deploys: objects, image digests and provenance, stored in the registry under one number."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from ..wire import wire_properties


class BundleArgs(TypedDict):
    """The content of a bundle."""

    cloud: pulumi.Input[str]
    """Where the registry lives: `azure` or `emulator`."""
    registry: pulumi.Input[str]
    """Login server of the registry."""
    application: pulumi.Input[str]
    """Name of the application."""
    objects: pulumi.Input[dict[str, str]]
    """`apps/v1/Deployment/ns/name` to the SHA-256 of the object's canonical JSON."""
    objects_file: pulumi.Input[pulumi.Asset]
    """JSON list of the objects with image placeholders; compared by its hash."""
    images: pulumi.Input[dict[str, pulumi.Input[str]]]
    """Image reference by service."""
    provenance: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Where it came from: source revision, who built it."""
    secrets: NotRequired[Mapping[str, Mapping[str, Mapping[str, Any]]]]
    """`namespace/name` of a Secret to its keys; of a generated one `length` and `protected`."""
    placement: NotRequired[Mapping[str, str]]
    """By service the region that it runs in, or `each`."""


class Bundle(pulumi.CustomResource):
    """An OCI artifact known by the hash of its content; its number is allotted once per environment."""

    number: pulumi.Output[int]
    """1, 2, 3 ... in the order of releases of this environment and application."""
    digest: pulumi.Output[str]
    """`sha256:...` of the artifact's manifest."""
    ref: pulumi.Output[str]
    """`registry/repository@digest` of the artifact."""
    hash: pulumi.Output[str]
    """Hash of the content, the same for the same objects and images."""
    source: pulumi.Output[str]
    """The revision that it was made of, as a person reads it; empty where it is not known."""

    def __init__(self, name: str, args: BundleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        props = wire_properties({"provenance": {}, **args}, ("number", "digest", "ref", "hash", "source"))
        super().__init__("cloudnative:index:Bundle", name, props, opts)

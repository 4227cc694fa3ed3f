"""One deployment of a bundle to one cluster: applied, pruned and waited for by our provider."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from ..wire import wire_properties


class BundleReference(TypedDict):
    """Which bundle a release deploys: the outputs of `Bundle`."""

    ref: pulumi.Input[str]
    """`registry/repository@digest` of the artifact."""
    hash: pulumi.Input[str]
    """Hash of its content."""
    number: pulumi.Input[int]
    """Its number."""
    source: NotRequired[pulumi.Input[str]]
    """The revision that it was made of, as a person reads it."""


class ReleaseArgs(TypedDict):
    """What is released where."""

    cloud: pulumi.Input[str]
    """Where the cluster lives: `azure` or `emulator`."""
    cluster_id: pulumi.Input[str]
    """ARM id of the AKS cluster."""
    application: pulumi.Input[str]
    """Name of the application."""
    objects: pulumi.Input[dict[str, str]]
    """`apps/v1/Deployment/ns/name` to content hash, known in every preview."""
    images: pulumi.Input[dict[str, pulumi.Input[str]]]
    """Image reference by service."""
    bundle: pulumi.Input[BundleReference]
    """The bundle whose objects are applied."""
    secret_data: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[Mapping[str, pulumi.Input[str]]]]]]
    """`namespace/name` of a Secret to its values; kept secret."""
    kept_secrets: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[list[str]]]]]
    """`namespace/name` of a Secret to the keys whose values stay those that the release has already."""
    replicas: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[int]]]]
    """Pods by service, over what the objects of the bundle say."""
    hold: NotRequired[pulumi.Input[Mapping[str, Any]] | None]
    """Why the region stays at this bundle: `number`, `source` and `input` of what was rolled back."""
    timeout_seconds: NotRequired[pulumi.Input[int]]
    """How long to wait for the workloads; 600 when left out."""
    on_failure: NotRequired[pulumi.Input[str]]
    """`stop` leaves a release that failed, `rollback` puts back what ran before; `stop` when left out."""


class Release(pulumi.CustomResource):
    """An application in one cluster; give `deleted_with=cluster` where the cluster is of the same program."""

    number: pulumi.Output[int]
    """The number of the bundle that runs."""
    endpoints: pulumi.Output[list[dict[str, str]]]
    """`{"service", "url"}` of every public service."""

    rolled_out: pulumi.Output[str]
    """When it was last rolled out; a run that changes nothing leaves it alone."""

    def __init__(self, name: str, args: ReleaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        secret = pulumi.Output.secret(args.get("secret_data", {}))
        given = {"timeout_seconds": 600, **args, "secret_data": secret}
        outputs = ("number", "endpoints", "rolledOut")
        super().__init__("cloudnative:index:Release", name, wire_properties(given, outputs), opts)
        self.rolled_out = self.__dict__["rolledOut"]

"""One container image, built and pushed by our provider, known by its digest."""

from typing import NotRequired, TypedDict

import pulumi

from ..wire import wire_properties


class ImageArgs(TypedDict):
    """What an image is built from and where it goes."""

    cloud: pulumi.Input[str]
    """Where the registry lives: `azure` or `emulator`."""
    registry: pulumi.Input[str]
    """Login server of the registry."""
    repository: pulumi.Input[str]
    """Repository in the registry, without a tag."""
    context: pulumi.Input[str]
    """Absolute path of the build context."""
    dockerfile: NotRequired[pulumi.Input[str]]
    """Path relative to the context; `Dockerfile` when left out."""
    target: NotRequired[pulumi.Input[str]]
    """Stage of the Dockerfile to build; the last one when left out."""
    build_args: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Build arguments by name."""
    platform: NotRequired[pulumi.Input[str]]
    """Platform of the nodes that run it; `linux/amd64` when left out."""
    builder: NotRequired[pulumi.Input[str]]
    """`buildkit` (ours), `docker` (the user's) or `acr` (ACR Tasks); by default
    `buildkit` on the emulator and `docker` on Azure."""
    registry_id: NotRequired[pulumi.Input[str]]
    """ARM id of the registry; `acr` needs it."""


class Image(pulumi.CustomResource):
    """An image in a registry; rebuilt when and only when something it is made of changed."""

    digest: pulumi.Output[str]
    """`sha256:...` of the pushed manifest."""
    ref: pulumi.Output[str]
    """`registry/repository@digest`."""
    bases: pulumi.Output[dict[str, str]]
    """The images that it was built on, with the digests they had then."""
    inputs_hash: pulumi.Output[str]
    """Hash of everything that it is made of; known before it is built."""

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        defaults = {"dockerfile": "Dockerfile", "platform": "linux/amd64"}
        props = wire_properties({**defaults, **args}, ("digest", "ref", "bases", "inputsHash"))
        super().__init__("cloudnative:index:Image", name, props, opts)
        self.inputs_hash = self.__dict__["inputsHash"]

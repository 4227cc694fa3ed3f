"""A random value that is made once and then stays."""

from typing import NotRequired, TypedDict

import pulumi

from ..wire import wire_properties, with_options


class GeneratedSecretArgs(TypedDict):
    """How the value is made."""

    length: NotRequired[pulumi.Input[int]]
    """Number of characters; 32 when left out."""
    keepers: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """The value is made anew when one of these changes."""


class GeneratedSecret(pulumi.CustomResource):
    """A secret nobody typed; its value is secret everywhere it goes."""

    value: pulumi.Output[str]
    """The value, always secret."""

    def __init__(
        self, name: str, args: GeneratedSecretArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = wire_properties({"length": 32, **(args or {})}, ("value",))
        super().__init__(
            "cloudnative:index:GeneratedSecret",
            name,
            props,
            with_options(opts, additional_secret_outputs=["value"]),
        )

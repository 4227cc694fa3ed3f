"""What a release of an application is told, wherever the clusters come from that it goes to."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from pydantic import ValidationError

from cloudnative_toolchain.errors import ConfigError

from .config import EnvironmentConfig


class GateArgs(TypedDict):
    """How it is found out that a wave is well."""

    service: NotRequired[str]
    """Who is asked over HTTP; every public service when left out."""
    path: NotRequired[str]
    """What is asked for."""
    bake_seconds: NotRequired[int]
    """How long all must be well without a break."""
    timeout_seconds: NotRequired[int]
    """How much trouble is borne in all."""


class ApplicationSettings(TypedDict):
    """Which application goes where, by the names of `stacks/Pulumi.<env>.yaml`."""

    cloud: str
    """`azure` or `emulator`."""
    regions: list[str]
    """Azure regions in the order of release."""
    allow_restricted_regions: NotRequired[bool]
    """Takes regions that Azure keeps for disaster recovery within a country."""
    waves: NotRequired[list[list[str]]]
    """Regions that are released together; the first alone, then all others, when left out."""
    gate: NotRequired[GateArgs]
    """What a wave passes before the next one begins."""
    on_failure: NotRequired[str]
    """`stop` or `rollback`: what a release that fails leaves behind."""
    application: list[str]
    """Compose file or files, or a folder of manifests."""
    builds: NotRequired[dict[str, str]]
    """For a folder of manifests: image name to build context."""
    compose_profiles: NotRequired[list[str]]
    """Compose profiles to switch on."""
    replicas: NotRequired[dict[str, int]]
    """Pods by service."""
    placement: NotRequired[dict[str, str]]
    """Where services that keep data run: `each` or a region."""
    builder: NotRequired[str]
    """Who builds images: `buildkit`, `docker` or `acr`."""
    platform: NotRequired[str]
    """Platform of the nodes."""
    release_timeout_seconds: NotRequired[int]
    """How long a release may take in one region."""


def checked(args: Mapping[str, Any], component: str) -> EnvironmentConfig:
    """The arguments, checked and with the defaults of their profile, as the config file's loader does it."""
    try:
        return EnvironmentConfig.model_validate(dict(args))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            code="environment.argument",
            what=f"{component}: argument {field!r}",
            why=first["msg"],
            fix="cloudnative schema",
        ) from error

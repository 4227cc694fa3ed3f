"""What a release of an application is told, wherever the clusters come from that it goes to."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from pydantic import ValidationError

from cloudnative_toolchain.errors import ConfigError

from ..config import EnvironmentConfig


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


class ChartArgs(TypedDict):
    """How a Helm chart is rendered."""

    release_name: NotRequired[str]
    """The chart's name when left out."""
    namespace: NotRequired[str]
    """The application's when left out."""
    value_files: NotRequired[list[str]]
    """Files of values, later ones override."""
    values: NotRequired[dict[str, Any]]
    """Values that override those of files."""
    api_versions: NotRequired[list[str]]
    """What the cluster has beside Kubernetes' own APIs."""


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
    """Compose files, folders of manifests, kustomizations, Helm charts, or a mix of them."""
    builds: NotRequired[dict[str, str]]
    """For all but compose files: image name to build context."""
    charts: NotRequired[dict[str, ChartArgs]]
    """How Helm charts are rendered, by chart name."""
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

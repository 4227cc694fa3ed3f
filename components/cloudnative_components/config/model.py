"""The typed config of one environment; its fields are also the JSON Schema and the reference page."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .charts import Charts, ImageName
from .fields import AsText, FilePath, Flag, Text, WholeNumber, one_or_many
from .handed_out import HandedOut, check_handed_out
from .hardening import HardeningConfig
from .hardening_defaults import following
from .nodes import Scalar
from .profiles import DEFAULTS, Profile
from .region_names import KnownRegion, Region
from .waves import Gate, Placement, ServiceName, Waves

ENVIRONMENT_NAME = r"^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$"
GUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
Cloud = Literal["azure", "emulator"]


class EnvironmentConfig(HandedOut, HardeningConfig):
    """One environment, as `stacks/Pulumi.<env>.yaml` says it, with the defaults of its profile filled in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=ENVIRONMENT_NAME)] = Field(
        description="The <env> of Pulumi.<env>.yaml. Part of every Azure name, hence short."
    )
    cloud: Annotated[Cloud, AsText] = Field(
        description="Where the environment lives: `azure`, or `emulator` (Azure on this machine). No "
        "default: nobody should reach a paid cloud by leaving a line out."
    )
    profile: Annotated[Profile, AsText] = Field(
        default="dev",
        description="Which defaults hold: `dev` (small and cheap) or `prod` (survives a lost node).",
    )
    allow_restricted_regions: Flag = Field(
        default=False,
        description="Takes regions that Azure keeps for disaster recovery within a country, once it has "
        "opened them to the subscription. Default: false.",
    )
    regions: Annotated[list[Region], one_or_many(Region)] = Field(
        min_length=1,
        description="Azure regions, in the order of release; `cloudnative regions` lists them. No default: "
        "where data lies is a decision.",
    )
    waves: Waves | None = Field(
        default=None,
        description="Regions that are released together, wave by wave, with a gate between two waves. "
        "Default: the first region alone, then all others.",
    )
    gate: Gate = Field(
        default_factory=Gate,
        description="What a wave passes before the next one begins: every workload ready, and HTTP answers, "
        "for `bake_seconds` without a break, within `timeout_seconds` more. `service` and `path` say who is "
        "asked for what (200 to 399); without them every public port is, and any answer below 500 will do. A "
        "named service is asked after the last wave too. Default: dev `bake_seconds: 0`, prod "
        "`bake_seconds: 30`; `timeout_seconds: 300`.",
    )
    on_failure: Annotated[Literal["stop", "rollback"], AsText] = Field(
        description="What a release that fails leaves behind: `stop` leaves it as it is, for a look; "
        "`rollback` puts the wave's regions back to what ran before. Later waves are never reached. Default: "
        "dev stop, prod rollback."
    )
    registry_region: KnownRegion | None = Field(
        default=None,
        description="Where the registry is at home; the other regions have replicas. It cannot be changed "
        "later, so write it before the first region is removed or moved. Default: the first region.",
    )
    application: Annotated[list[FilePath], one_or_many(FilePath)] = Field(
        min_length=1,
        description="The application: compose files (later ones override), folders of manifests, folders "
        "with a `kustomization.yaml`, Helm charts (folder or `.tgz`), or a mix of them. The first one names "
        "it. Relative to this file.",
    )
    charts: Charts = Field(
        default_factory=dict[str, Any],
        description="How Helm charts are rendered, by the name in `Chart.yaml`: `value_files` (later ones "
        "override) and `values` (which override them) for the chart, `release_name` (default: the chart's "
        "name), `namespace` (default: the application's), `api_versions` (what the cluster has beside "
        "Kubernetes' own, for `.Capabilities`).",
    )
    builds: dict[ImageName, FilePath] = Field(
        default_factory=dict[str, Path],
        description="For manifests, Kustomize and Helm: image name -> folder with its Dockerfile. Containers "
        "whose image has that name, whatever its tag, run what is built there. Compose files say it "
        "themselves (`build:`).",
    )
    compose_profiles: list[Text] = Field(
        default_factory=list[str],
        description="Compose profiles to switch on. Default: none, as `docker compose up`.",
    )
    replicas: dict[ServiceName, Annotated[WholeNumber, Field(ge=0, le=1000)]] = Field(
        default_factory=dict[str, int],
        description="Pods per service in this environment, over `deploy.replicas` of the compose file.",
    )
    placement: Placement = Field(
        default_factory=dict[str, str],
        description="Where services that keep data run, over `x-cloudnative: {placement: ...}` of the "
        "compose file: `each` region has data of its own, or the one region that has it. A service with a "
        "volume in an environment of several regions needs one of the two.",
    )
    kubernetes_version: Annotated[Text, Field(pattern=r"^1\.[0-9]{1,2}(\.[0-9]{1,2})?$")] | None = Field(
        default=None,
        description="Kubernetes version of the clusters, minor (`1.36`) or exact (`1.36.1`). Default: what "
        "AKS offers as its default on the day of creation.",
    )
    node_count: Annotated[WholeNumber, Field(ge=1, le=1000)] = Field(
        description="Nodes per cluster. Default: dev 1, prod 3 (one per zone)."
    )
    vm_size: Annotated[Text, Field(pattern=r"^Standard_[A-Za-z0-9_-]+$")] = Field(
        description="Size of a node. Default: dev Standard_D2s_v5 (2 vCPU, 8 GiB), prod Standard_D4s_v5."
    )
    cluster_tier: Annotated[Literal["Free", "Standard", "Premium"], AsText] = Field(
        description="Paid tier of the cluster. Default: dev Free, prod Standard (uptime SLA)."
    )
    registry_sku: Annotated[Literal["Basic", "Standard", "Premium"], AsText] = Field(
        description="SKU of the registry. Default: dev Basic, prod Standard; Premium with several regions or "
        "private endpoints, because only it has those."
    )
    builder: Annotated[Literal["buildkit", "docker", "acr"], AsText] = Field(
        description="Who builds images: `buildkit` (the emulator's, or the one that BUILDKIT_HOST names), "
        "`docker` (the docker on PATH, with buildx) or `acr` (ACR Tasks, in Azure). Default: emulator "
        "buildkit, azure docker.",
    )
    platform: Annotated[Literal["linux/amd64", "linux/arm64"], AsText] = Field(
        default="linux/amd64",
        description="Platform of the nodes, hence of the images, whatever this machine is.",
    )
    release_timeout_seconds: Annotated[WholeNumber, Field(ge=10, le=7200)] = Field(
        default=600,
        description="Seconds that a release may take to become healthy in one region. 600 s covers a cold "
        "pull and a new node; beyond it something is wrong.",
    )
    registry_name: Annotated[Text, Field(pattern=r"^[a-z0-9]{5,50}$")] | None = Field(
        default=None,
        description="Name of the registry, world-wide unique. Default: cr{project}{env}{6 hex of "
        "subscription, project, env}.",
    )
    cluster_name: Annotated[Text, Field(pattern=r"^[a-zA-Z0-9]([-_a-zA-Z0-9]{0,53}[a-zA-Z0-9])?$")] | None = (
        Field(
            default=None,
            description="Name of the clusters before their region's code. Default: aks-{project}-{env}.",
        )
    )
    resource_group_name: Annotated[Text, Field(pattern=r"^[-\w().]{0,70}[-\w()]$")] | None = Field(
        default=None,
        description="Resource group of the registry; the regions' groups append their code. Default: "
        "rg-{project}-{env}.",
    )
    deployer: Annotated[Text, Field(pattern=GUID)] | None = Field(
        default=None,
        description="Principal id of the identity that deploys, a pipeline's: it gets the right to push and "
        "to administer the clusters, whoever looks at a preview. Default: whoever runs `up`.",
    )
    tags: dict[
        Annotated[str, Field(min_length=1, max_length=512)], Annotated[Text, Field(max_length=256)]
    ] = Field(
        default_factory=dict[str, str],
        max_length=40,
        description="Tags of every Azure resource (Azure allows 50; ten are kept for our own).",
    )
    other: dict[str, Any] = Field(
        default_factory=dict[str, Any],
        description="Pulumi's own and other packages' keys of the file, untouched.",
    )

    @model_validator(mode="before")
    @classmethod
    def _profile_defaults(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        given: dict[str, object] = values  # type: ignore[reportUnknownVariableType]  # keys of a mapping are text
        defaults = dict(DEFAULTS["prod" if _text(given.get("profile")) == "prod" else "dev"])
        defaults["builder"] = "docker" if _text(given.get("cloud")) == "azure" else "buildkit"
        if _replicates(given.get("regions"), given.get("registry_region")):
            defaults["registry_sku"] = "Premium"
        defaults |= following({**defaults, **{key: _text(value) for key, value in given.items()}})
        return {**defaults, **given, **_filled(defaults, given)}

    @property
    def release_waves(self) -> list[list[str]]:
        """The regions of each wave, in the order of release."""
        first, *others = self.regions
        return self.waves or [[first], *([others] if others else [])]

    @property
    def registry_home(self) -> str:
        """The region whose registry the others have replicas of."""
        return self.registry_region or self.regions[0]

    @model_validator(mode="after")
    def _registry_can_be_what_it_shall(self) -> "EnvironmentConfig":
        premium = self.registry_sku == "Premium"
        if set(self.regions) - {self.registry_home} and not premium:
            raise PydanticCustomError(
                "registry_sku", "several regions need `registry_sku: Premium`, the only SKU that replicates"
            )
        if self.registry_access != "public" and not premium:
            raise PydanticCustomError(
                "registry_sku", "private endpoints need `registry_sku: Premium`, the only SKU that has them"
            )
        if self.registry_access == "private" and self.builder == "acr":
            raise PydanticCustomError(
                "conflict",
                "it builds outside of the network, where a private registry takes no image (ACR-05)",
                {"field": "builder"},
            )
        return self

    @model_validator(mode="after")
    def _handed_out_as_a_whole(self) -> "EnvironmentConfig":
        check_handed_out(self, self.regions)
        return self

    @field_validator("regions")
    @classmethod
    def _once_each(cls, regions: list[str]) -> list[str]:
        if twice := [region for region in regions if regions.count(region) > 1]:
            raise PydanticCustomError("twice", "{region} is there twice", {"region": repr(twice[0])})
        return regions


def _filled(defaults: dict[str, object], given: dict[str, object]) -> dict[str, object]:
    """Mappings of which only a part was given: the profile has the rest."""
    filled: dict[str, object] = {}
    for key, default in defaults.items():
        own = given.get(key)
        if isinstance(default, dict) and isinstance(own, dict):
            filled[key] = {**default, **own}
    return filled


def _text(value: object) -> object:
    return value.text if isinstance(value, Scalar) else value


def _replicates(regions: object, home: object) -> bool:
    """True where a region is not the registry's own."""
    names = regions if isinstance(regions, list) else [regions]  # type: ignore[reportUnknownVariableType]  # any list
    own = _text(home) or (_text(names[0]) if names else None)  # type: ignore[reportUnknownArgumentType]
    return any(_text(name) != own for name in names)  # type: ignore[reportUnknownArgumentType, reportUnknownVariableType]

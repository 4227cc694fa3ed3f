"""The typed config of one environment; its fields are also the JSON Schema and the reference page."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .fields import AsText, FilePath, Text, WholeNumber, one_or_many
from .nodes import Scalar
from .profiles import DEFAULTS, Profile
from .region_names import Region

ENVIRONMENT_NAME = r"^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$"
Cloud = Literal["azure", "emulator"]
ServiceName = Annotated[Text, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]


class EnvironmentConfig(BaseModel):
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
    regions: Annotated[list[Region], one_or_many(Region)] = Field(
        min_length=1,
        description="Azure regions, in the order of release. The first one also holds the registry. No "
        "default: where data lies is a decision.",
    )
    application: Annotated[list[FilePath], one_or_many(FilePath)] = Field(
        min_length=1,
        description="The application: a compose file, several (later ones override), or a folder of "
        "manifests. Relative to this file.",
    )
    builds: dict[ServiceName, FilePath] = Field(
        default_factory=dict[str, Path],
        description="For a folder of manifests: image name -> folder with its Dockerfile. Containers whose "
        "image has that name run what is built there. Compose files say it themselves (`build:`).",
    )
    compose_profiles: list[Text] = Field(
        default_factory=list[str],
        description="Compose profiles to switch on. Default: none, as `docker compose up`.",
    )
    replicas: dict[ServiceName, Annotated[WholeNumber, Field(ge=0, le=1000)]] = Field(
        default_factory=dict[str, int],
        description="Pods per service in this environment, over `deploy.replicas` of the compose file.",
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
        description="SKU of the registry. Default: dev Basic, prod Standard; Premium with several regions, "
        "because only it replicates."
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
        if _several(given.get("regions")):
            defaults["registry_sku"] = "Premium"
        return defaults | given

    @model_validator(mode="after")
    def _registry_reaches_all_regions(self) -> "EnvironmentConfig":
        if len(self.regions) > 1 and self.registry_sku != "Premium":
            raise PydanticCustomError(
                "registry_sku", "several regions need `registry_sku: Premium`, the only SKU that replicates"
            )
        return self

    @field_validator("regions")
    @classmethod
    def _once_each(cls, regions: list[str]) -> list[str]:
        if twice := [region for region in regions if regions.count(region) > 1]:
            raise PydanticCustomError("twice", "{region} is there twice", {"region": repr(twice[0])})
        return regions


def _text(value: object) -> object:
    return value.text if isinstance(value, Scalar) else value


def _several(regions: object) -> bool:
    return isinstance(regions, list) and len(regions) > 1  # type: ignore[reportUnknownArgumentType]  # any list

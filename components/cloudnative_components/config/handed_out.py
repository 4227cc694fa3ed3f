"""What a platform team hands out to an application team: clusters and a registry that are not its own."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field
from pydantic_core import PydanticCustomError

from .fields import Flag, Text
from .region_names import KnownRegion

_ARM_ID = r"^/subscriptions/[^/]+/(.+/)?[^/]+$"


class HandedOut(BaseModel):
    """Registry and clusters of somebody else, for a program that makes an `Application` of them."""

    registry: Annotated[Text, Field(pattern=r"^[a-z0-9.-]+(:[0-9]+)?$")] | None = Field(
        default=None,
        description="Login server of somebody else's registry, for a program with an `Application` in place "
        "of an `Environment` (docs/components.md). Default: the environment makes its own.",
    )
    registry_id: Annotated[Text, Field(pattern=_ARM_ID)] | None = Field(
        default=None,
        description="ARM id of that registry: `builder: acr` needs it, preflight asks whether you may push.",
    )
    cluster_ids: dict[KnownRegion, Annotated[Text, Field(pattern=_ARM_ID)]] = Field(
        default_factory=dict[str, str],
        description="ARM id of somebody else's cluster by region, one for each of `regions`. Default: the "
        "environment makes its own.",
    )
    namespace_exists: Flag = Field(
        default=False,
        description="Whether who owns the clusters made the application's namespace: then rights in it are "
        "enough. Default: false, the release makes it.",
    )


def check_handed_out(given: HandedOut, regions: Sequence[str]) -> None:
    """Raises where a region has no cluster, or where one of the two things is missing."""
    missing = [region for region in regions if region not in given.cluster_ids]
    if given.cluster_ids and missing:
        raise _incomplete("cluster_ids", f"no cluster in {', '.join(missing)}, which `regions` names")
    if given.cluster_ids and not given.registry:
        raise _incomplete("registry", "clusters of somebody else pull from a registry of somebody else")
    if given.registry and not given.cluster_ids:
        raise _incomplete("cluster_ids", "a registry of somebody else is for clusters of somebody else")


def _incomplete(field: str, why: str) -> PydanticCustomError:
    return PydanticCustomError("handed_out", "{why}", {"field": field, "why": why})

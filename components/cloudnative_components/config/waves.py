"""The order of release as config: waves of regions, the gate after a wave, what a failure does."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from .fields import Text, WholeNumber, one_or_many
from .region_names import KnownRegion
from .suggest import did_you_mean

ServiceName = Annotated[Text, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]


class Gate(BaseModel):
    """What a wave must pass before the next one begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: ServiceName | None = Field(
        default=None, description="Who is asked over HTTP; every public service when left out."
    )
    path: Annotated[Text, Field(pattern=r"^/")] | None = Field(
        default=None, description="What is asked for; the answer must be 200 to 399."
    )
    bake_seconds: Annotated[WholeNumber, Field(ge=0, le=86400)] = Field(
        default=0, description="How long all of it must stay so."
    )
    timeout_seconds: Annotated[WholeNumber, Field(ge=1, le=86400)] = Field(
        default=300, description="How long the wave has for it, the bake time not counted."
    )


def _of_the_environment(region: str, info: ValidationInfo) -> str:
    """A region that `regions` names; nothing is said where that list is wrong itself."""
    regions = _regions(info)
    if regions and region not in regions:
        words = {"region": repr(region), "hint": did_you_mean(region, regions) or ": "}
        raise PydanticCustomError(
            "no_region", "{region} is not one of `regions`{hint}{all}", {**words, "all": ", ".join(regions)}
        )
    return region


def _each_once(waves: list[list[str]], info: ValidationInfo) -> list[list[str]]:
    named = [region for wave in waves for region in wave]
    for region in named:
        if named.count(region) > 1:
            raise PydanticCustomError("twice", "{region} is there twice", {"region": repr(region)})
    if missing := [region for region in _regions(info) if region not in named]:
        raise PydanticCustomError(
            "wave_missing", "no wave has {regions}", {"regions": ", ".join(repr(one) for one in missing)}
        )
    return waves


def _regions(info: ValidationInfo) -> list[str]:
    return info.data.get("regions") or []


WaveRegion = Annotated[KnownRegion, AfterValidator(_of_the_environment)]
Wave = Annotated[list[WaveRegion], one_or_many(WaveRegion), Field(min_length=1)]
Waves = Annotated[list[Wave], Field(min_length=1), AfterValidator(_each_once)]
Place = Annotated[Text, Field(pattern=r"^(each|[a-z0-9]+)$")]


def _placed(place: str, info: ValidationInfo) -> str:
    regions = _regions(info)
    allowed = ["each", *regions]
    if regions and place not in allowed:
        words = {"place": repr(place), "allowed": ", ".join(allowed), "hint": did_you_mean(place, allowed)}
        raise PydanticCustomError("no_place", "{place} is not one of {allowed}{hint}", words)
    return place


Placement = dict[ServiceName, Annotated[Place, AfterValidator(_placed)]]

"""The region field: a name of Azure's catalogue, as data beside this package."""

from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, ValidationInfo
from pydantic_core import PydanticCustomError

from ..azure.regions import azure_regions, instead_of, near_names
from .fields import Text


def _known(region: str) -> str:
    if region in azure_regions():
        return region
    words = {"region": repr(region), "hint": _did_you_mean(near_names(region))}
    raise PydanticCustomError("unknown_region", "{region} is not an Azure region{hint}", words)


def _suitable(region: str, info: ValidationInfo) -> str:
    found = azure_regions()[region]
    if not found.unsuitable or (found.aks and info.data.get("allow_restricted_regions")):
        return region
    allow = "; `cloudnative:allow_restricted_regions: true` where Azure has opened it to you"
    words = {
        "region": repr(region),
        "why": found.unsuitable,
        "near": " or ".join(instead_of(found)) or "another one",
        "allow": allow if found.aks else "",
    }
    raise PydanticCustomError("unsuitable_region", "{region}: {why}; take {near}{allow}", words)


def _did_you_mean(names: list[str]) -> str:
    return f"; did you mean {' or '.join(repr(name) for name in names)}?" if names else ""


_ENUM: list[JsonValue] = [*sorted(azure_regions())]
KnownRegion = Annotated[Text, AfterValidator(_known), Field(json_schema_extra={"enum": _ENUM})]
Region = Annotated[KnownRegion, AfterValidator(_suitable)]

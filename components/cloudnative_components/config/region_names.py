"""The region field: a name of Azure's catalogue, as data beside this package."""

import json
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue
from pydantic_core import PydanticCustomError

from .fields import Text
from .suggest import did_you_mean


@cache
def region_names() -> frozenset[str]:
    """Every public Azure region."""
    catalogue = json.loads(files("cloudnative_components").joinpath("regions.json").read_text())
    return frozenset(region["name"] for region in catalogue["regions"])


def _known(region: str) -> str:
    if region not in region_names():
        words = {"region": repr(region), "hint": did_you_mean(region, region_names())}
        raise PydanticCustomError("unknown_region", "{region} is not an Azure region{hint}", words)
    return region


_ENUM: list[JsonValue] = [*sorted(region_names())]
Region = Annotated[Text, AfterValidator(_known), Field(json_schema_extra={"enum": _ENUM})]

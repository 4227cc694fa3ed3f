"""Azure's public regions, from a dated data file; ask Azure itself what a subscription may use."""

import difflib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from cloudnative_toolchain.errors import ConfigError

_MOST_NAMES = 3


@dataclass(frozen=True)
class AzureRegion:
    """One region; `code` is our own short form for names, `pair` may be missing or one-way (REG-06)."""

    name: str
    code: str
    display_name: str
    geography: str
    pair: str | None
    zones: bool
    aks: bool
    restricted: bool

    @property
    def unsuitable(self) -> str:
        """Why no environment should be there, empty where one may be."""
        if not self.aks:
            return "AKS is not offered there"
        return "Azure keeps it for disaster recovery within the country" if self.restricted else ""


@dataclass(frozen=True)
class Catalogue:
    """All public regions by name, the day they were checked and against what."""

    regions: dict[str, AzureRegion]
    checked: str
    source: str


@cache
def catalogue() -> Catalogue:
    """The data file."""
    document = json.loads(resources.files(__package__ or "").joinpath("regions.json").read_text("utf-8"))
    regions = {entry["name"]: _region(entry) for entry in document["regions"]}
    return Catalogue(regions, document["checked"], document["source"])


def azure_regions() -> dict[str, AzureRegion]:
    """All public regions by name."""
    return catalogue().regions


def _region(entry: dict[str, Any]) -> AzureRegion:
    return AzureRegion(
        name=entry["name"],
        code=entry["code"],
        display_name=entry["displayName"],
        geography=entry["geography"],
        pair=entry["pair"],
        zones=entry["zones"],
        aks=entry["aks"],
        restricted=entry["restricted"],
    )


def azure_region(name: str) -> AzureRegion:
    """The region of that name; Azure's display names ("Korea Central") are understood too."""
    if found := azure_regions().get(_plain(name)):
        return found
    near = near_names(name)
    raise ConfigError(
        code="region.unknown",
        what=f"unknown Azure region {name!r}",
        why=f"did you mean {', '.join(near)}?" if near else "`cloudnative regions` lists them",
        fix=f"cloudnative:regions: [{near[0]}]" if near else "cloudnative regions",
    )


def near_names(name: str) -> list[str]:
    """At most three regions that may have been meant: those of a country that it names, else by spelling."""
    plain, known = _plain(name), azure_regions()
    inside = [one.name for one in known.values() if plain and plain in f"{one.name} {_plain(one.geography)}"]
    named = inside or difflib.get_close_matches(plain, known, n=_MOST_NAMES, cutoff=0.6)
    return named[:_MOST_NAMES]


def instead_of(region: AzureRegion) -> list[str]:
    """At most three regions for one that is unsuitable: its pair, its country, names like its own."""
    known = azure_regions()
    neighbours = [one.name for one in known.values() if one.geography == region.geography]
    alike = difflib.get_close_matches(region.name, known, n=_MOST_NAMES + 1, cutoff=0.4)
    named: list[str] = [*([region.pair] if region.pair else []), *neighbours, *alike]
    return [one for one in dict.fromkeys(named) if not known[one].unsuitable and one != region.name][
        :_MOST_NAMES
    ]


def _plain(name: str) -> str:
    return name.replace(" ", "").lower()

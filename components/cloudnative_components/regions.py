"""Azure's public regions, from a dated data file; ask Azure itself what a subscription may use."""

import difflib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from cloudnative_toolchain.errors import ConfigError


@dataclass(frozen=True)
class AzureRegion:
    """One region; `code` is our own short form for names, `pair` may be missing or one-way (REG-06)."""

    name: str
    code: str
    display_name: str
    geography: str
    pair: str | None
    zones: bool
    restricted: bool


@cache
def azure_regions() -> dict[str, AzureRegion]:
    """All public regions by name."""
    document = json.loads(resources.files(__package__ or "").joinpath("regions.json").read_text("utf-8"))
    return {
        entry["name"]: AzureRegion(
            name=entry["name"],
            code=entry["code"],
            display_name=entry["displayName"],
            geography=entry["geography"],
            pair=entry["pair"],
            zones=entry["zones"],
            restricted=entry["restricted"],
        )
        for entry in document["regions"]
    }


def azure_region(name: str) -> AzureRegion:
    """The region of that name; Azure's display names ("Korea Central") are understood too."""
    plain = name.replace(" ", "").lower()
    known = azure_regions()
    if found := known.get(plain):
        return found
    near = difflib.get_close_matches(plain, known, n=3, cutoff=0.6)
    hint = f"did you mean {', '.join(near)}?" if near else "`cloudnative schema` lists them"
    raise ConfigError(
        code="region.unknown",
        what=f"unknown Azure region {name!r}",
        why=hint,
        fix=f"cloudnative:regions: [{near[0]}]" if near else "cloudnative schema",
    )

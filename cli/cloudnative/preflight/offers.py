"""What one region offers to the subscription: VM sizes with zones and abilities, and room for their vCPUs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudnative.absent import NONE, NOTHING
from cloudnative.preflight.questions import Answer

TOTAL = "cores"


@dataclass(frozen=True)
class Size:
    """A VM size; `refused` says why the subscription cannot have it."""

    name: str
    family: str = ""
    vcpus: int = 0
    zones: frozenset[str] = frozenset()
    processor: str = "x64"
    ephemeral_disk: bool = False
    host_encryption: bool = False
    refused: str = ""


@dataclass(frozen=True)
class Room:
    """vCPUs of one family, or of the whole region."""

    used: int
    limit: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True)
class Offer:
    """One region; a list that Azure did not answer is None."""

    sizes: Mapping[str, Size] | None
    rooms: Mapping[str, Room] | None

    def short(self, size: Size, vcpus: int) -> dict[str, Room]:
        """The quotas that so many more vCPUs of a size do not fit into: its family's, the region's."""
        rooms = self.rooms or {}
        asked = {name: rooms[name.lower()] for name in (size.family, TOTAL) if name.lower() in rooms}
        return {name: room for name, room in asked.items() if room.left < vcpus}


def offer(region: str, sizes: Answer, usages: Answer) -> Offer:
    """A region's two lists, read."""
    machines = [item for item in sizes.values if item.get("resourceType") == "virtualMachines"]
    return Offer(
        {str(item["name"]): _size(region, item) for item in machines} if sizes.known else None,
        {str(row["name"]["value"]).lower(): _room(row) for row in usages.values} if usages.known else None,
    )


def _room(row: Mapping[str, Any]) -> Room:
    return Room(int(row["currentValue"]), int(row["limit"]))


def _size(region: str, item: Mapping[str, Any]) -> Size:
    abilities = {str(one["name"]): str(one["value"]) for one in item.get("capabilities") or NONE}
    here = [place for place in item.get("locationInfo") or NONE if _same(place.get("location"), region)]
    zones = {str(zone) for place in here for zone in place.get("zones") or NONE}
    closed, refused = _restrictions(region, item)
    return Size(
        name=str(item["name"]),
        family=str(item.get("family") or ""),
        vcpus=int(abilities.get("vCPUsAvailable") or abilities.get("vCPUs") or 0),
        zones=frozenset(zones - closed),
        processor=abilities.get("CpuArchitectureType", "x64"),
        ephemeral_disk=abilities.get("EphemeralOSDiskSupported") == "True",
        host_encryption=abilities.get("EncryptionAtHostSupported") == "True",
        refused=refused,
    )


def _restrictions(region: str, item: Mapping[str, Any]) -> tuple[set[str], str]:
    """Zones that are closed to the subscription, and why the region is, where it is."""
    closed, refused = set[str](), ""
    for one in item.get("restrictions") or NONE:
        info: Mapping[str, Any] = one.get("restrictionInfo") or NOTHING
        if one.get("type") == "Zone":
            closed |= {str(zone) for zone in info.get("zones") or NONE}
        elif any(_same(place, region) for place in one.get("values") or NONE):
            refused = str(one.get("reasonCode") or "Restricted")
    return closed, refused


def _same(place: object, region: str) -> bool:
    return str(place).replace(" ", "").lower() == region

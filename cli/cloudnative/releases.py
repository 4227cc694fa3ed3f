"""What was released to an environment and what is: bundles of the registry, ledgers of all regions, holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.absent import NOTHING
from cloudnative.holds import Held, held
from cloudnative_toolchain.errors import ConfigError

if TYPE_CHECKING:
    from cloudnative_provider.ledger import Entry
    from cloudnative_provider.region_ledgers import RegionLedger
    from cloudnative_provider.stored_bundles import NumberedBundle

Deployment = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """One application of an environment: where its bundles lie and which clusters run it."""

    application: str
    registry: str
    clusters: Mapping[str, str]


def places(deployment: Deployment | None) -> list[Place]:
    """Every application that is released, from the state."""
    found: dict[str, Place] = {}
    for region in report.regions(deployment):
        for release in report.releases_in(deployment, region["id"]):
            inputs = release["inputs"]
            name = str(inputs.get("application", ""))
            ref = str((inputs.get("bundle") or NOTHING).get("ref") or "")
            before = found.get(name)
            clusters = {**(before.clusters if before else {}), region["name"]: region["id"]}
            registry = (before.registry if before else "") or ref.partition("/")[0]
            found[name] = Place(name, registry, clusters)
    return list(found.values())


def place_of(deployment: Deployment | None, environment: str, application: str = "") -> Place:
    """The application of that name, or the only one; ConfigError where there is none or several."""
    found = {place.application: place for place in places(deployment)}
    if application in found:
        return found[application]
    if len(found) == 1 and not application:
        return next(iter(found.values()))
    raise ConfigError(
        code="application.unknown",
        what=f"no application {application!r} in {environment}" if application else "which application?",
        why=f"released to {environment}: {', '.join(sorted(found)) or 'nothing yet'}",
        fix=f"cloudnative history {environment} --application {min(found)}"
        if found
        else f"cloudnative up {environment}",
    )


def ask(cloud: str, place: Place, newest: int) -> tuple[list[NumberedBundle], dict[str, RegionLedger]]:
    """Bundles of the registry and ledgers of all regions, asked for at the same time."""
    from cloudnative_provider.region_ledgers import region_ledgers
    from cloudnative_provider.stored_bundles import numbered

    async def both() -> tuple[list[NumberedBundle], dict[str, RegionLedger]]:
        return await asyncio.gather(
            numbered(cloud, place.registry, place.application, newest),
            region_ledgers(cloud, place.clusters, place.application),
        )

    return asyncio.run(both())


def history(
    bundles: Sequence[NumberedBundle], ledgers: Mapping[str, RegionLedger], holds: Sequence[Held]
) -> list[dict[str, Any]]:
    """One entry a bundle, newest first: what it is, where it ran and how that went, where it is held."""
    older = [*bundles[1:], None]
    return [_entry(one, before, ledgers, holds) for one, before in zip(bundles, older, strict=True)]


def _entry(
    bundle: NumberedBundle,
    before: NumberedBundle | None,
    ledgers: Mapping[str, RegionLedger],
    holds: Sequence[Held],
) -> dict[str, Any]:
    runs = [
        {"region": region, **_run(entry), "current": entry == found.ledger.current}
        for region, found in ledgers.items()
        for entry in runs_of(bundle.number, found.ledger.current, found.ledger.history)
    ]
    images = digests(bundle.images)
    return {
        "number": bundle.number,
        "bundle": bundle.ref,
        "source": source(bundle.provenance),
        "images": images,
        "changedImages": sorted(
            s for s in images if images[s] != digests(before.images if before else {}).get(s)
        ),
        "runs": sorted(runs, key=lambda run: run["started"], reverse=True),
        "runsIn": sorted({run["region"] for run in runs if run["current"]}),
        "heldIn": sorted(one.region for one in holds if one.number == bundle.number),
    }


def runs_of(number: int, current: Entry, history: Iterable[Entry]) -> list[Entry]:
    """The runs of one bundle in one region; what runs now may not have ended yet."""
    every = [*([current] if current not in history and current.number else []), *history]
    return [entry for entry in every if entry.number == number]


def previous(numbers: Mapping[str, Sequence[Entry]], current: Mapping[str, int]) -> int:
    """The newest bundle older than what runs that succeeded somewhere; 0 where there is none."""
    newest = max(current.values(), default=0)
    succeeded = {e.number for entries in numbers.values() for e in entries if e.state == "succeeded"}
    return max((number for number in succeeded if number < newest), default=0)


def digests(images: Mapping[str, str]) -> dict[str, str]:
    """Digest by service."""
    return {service: ref.rpartition("@")[2] for service, ref in sorted(images.items())}


def source(provenance: Mapping[str, str]) -> str:
    """The revision as a person reads it."""
    from cloudnative_provider.bundle import source as readable

    return readable(provenance)


def regions_now(ledgers: Mapping[str, RegionLedger], holds: Sequence[Held]) -> list[dict[str, Any]]:
    """What each region runs, or why nobody can say."""
    by_region = {one.region: one for one in holds}
    return [
        {
            "name": region,
            "asked": found.state,
            "why": found.why,
            "number": found.ledger.current.number,
            "state": found.ledger.current.state,
            "held": by_region[region].to_dict() if region in by_region else None,
        }
        for region, found in ledgers.items()
    ]


def holds_of(deployment: Deployment | None, application: str) -> list[Held]:
    """The holds of one application."""
    return [one for one in held(deployment) if one.application == application]


def _run(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("state", "started", "ended", "why")}

"""Which bundle a rollback deploys, where, and what it holds the regions against."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.absent import NOTHING
from cloudnative.bundle_mode import Hold
from cloudnative.holds import next_hold
from cloudnative.releases import ask, holds_of, previous, source
from cloudnative_toolchain.errors import CloudnativeError, ConfigError

if TYPE_CHECKING:
    from cloudnative.releases import Place
    from cloudnative.session import Session
    from cloudnative_provider.region_ledgers import RegionLedger
    from cloudnative_provider.stored_bundles import NumberedBundle

_LOOKED_AT = 50


@dataclass(frozen=True)
class Plan:
    """What goes where."""

    number: int
    ref: str
    source: str
    regions: list[str]
    holds: Mapping[str, Hold]


def plan(
    session: Session,
    deployment: dict[str, Any] | None,
    place: Place,
    *,
    number: int,
    regions: Sequence[str],
) -> Plan:
    """The bundle of that number, or the newest one before what runs; with the holds that it leaves."""
    environment = session.home.environment
    if unknown := sorted(set(regions) - set(place.clusters)):
        raise ConfigError(
            code="region.unknown",
            what=f"{place.application} is not released to {unknown[0]}",
            why=f"regions with a release: {', '.join(place.clusters)}",
            fix=f"cloudnative status {environment}",
        )
    bundles, ledgers = ask(session.config.cloud, place, _LOOKED_AT)
    chosen = {region: ledgers[region] for region in regions}
    wanted = number or _before(chosen, environment)
    bundle = _bundle(session, place, wanted, bundles)
    running = _running(deployment, place, bundles)
    before = {one.region: one.hold for one in holds_of(deployment, place.application)}
    holds = {region: next_hold(wanted, running.get(region), before.get(region)) for region in regions}
    return Plan(
        wanted, bundle.ref, source(bundle.provenance), list(regions), {r: h for r, h in holds.items() if h}
    )


def _before(ledgers: Mapping[str, RegionLedger], environment: str) -> int:
    unread = {region: found.why for region, found in ledgers.items() if found.state == "unreachable"}
    if len(unread) == len(ledgers):
        raise CloudnativeError(
            code="ledger.unreachable",
            what=f"which bundle ran in {environment} before?",
            why="; ".join(f"{region} cannot be asked: {why}" for region, why in unread.items()),
            fix=f"cloudnative status {environment}",
        )
    entries = {region: found.ledger.history for region, found in ledgers.items()}
    current = {region: found.ledger.current.number for region, found in ledgers.items()}
    if found := previous(entries, current):
        return found
    raise ConfigError(
        code="rollback.nothing",
        what=f"no bundle before {max(current.values(), default=0)} succeeded in {environment}",
        why="there is nothing to go back to",
        fix=f"cloudnative history {environment}",
    )


def _bundle(session: Session, place: Place, number: int, bundles: Sequence[NumberedBundle]) -> NumberedBundle:
    from cloudnative_provider.stored_bundles import bundle_of

    found = next((one for one in bundles if one.number == number), None) or asyncio.run(
        bundle_of(session.config.cloud, place.registry, place.application, number)
    )
    if found:
        return found
    environment = session.home.environment
    there = ", ".join(str(one.number) for one in bundles[:10])
    raise ConfigError(
        code="bundle.unknown",
        what=f"{environment} has no bundle {number} of {place.application}",
        why=f"the newest ones are {there or 'none'}",
        fix=f"cloudnative history {environment}",
    )


def _running(
    deployment: dict[str, Any] | None, place: Place, bundles: Sequence[NumberedBundle]
) -> dict[str, Hold]:
    """By region: what runs, as what a rollback holds against."""
    newest = _newest_inputs(deployment, place.application)
    inputs = {one.ref: one.provenance.get("inputs", "") for one in bundles}
    found: dict[str, Hold] = {}
    for region, cluster in place.clusters.items():
        for release in report.releases_in(deployment, cluster, place.application):
            if bundle := release["inputs"].get("bundle"):
                ref = str(bundle.get("ref") or "")
                told = newest.get(str(bundle.get("hash"))) or inputs.get(ref, "")
                found[region] = Hold(int(bundle["number"]), str(bundle.get("source") or ""), told)
    return found


def _newest_inputs(deployment: dict[str, Any] | None, application: str) -> dict[str, str]:
    """Hash of the source that the state was made from, by the hash of the bundle that it gave.

    The registry keeps what the first source said that gave this content; the state knows the latest one.
    """
    return {
        str((bundle.get("outputs") or NOTHING).get("hash")): str(
            (bundle["inputs"].get("provenance") or NOTHING).get("inputs") or ""
        )
        for bundle in report.of_type(deployment, report.BUNDLE)
        if bundle["inputs"].get("application") == application
    }

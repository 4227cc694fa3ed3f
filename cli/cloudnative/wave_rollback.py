"""After a release or a gate failed: the regions of that wave go back to the bundle that they ran before.

A resource is not updated twice in one run, so this is a second run, with the bundle of before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudnative.bundle_mode import BundleRef, deploy_bundle, running_bundles
from cloudnative.places import region_in
from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from cloudnative.runs.supervisor import Outcome
    from cloudnative.session import Session
    from cloudnative.writer import Writer

_RELEASE, _GATE = "cloudnative:index:Release::", "cloudnative:index:HealthGate::"


def released_before(session: Session, deployment: dict[str, Any] | None) -> dict[str, BundleRef]:
    """What each region runs before a run; nothing where failures are left as they are."""
    return _running(session, deployment) if session.config.on_failure == "rollback" else {}


def _running(session: Session, deployment: dict[str, Any] | None) -> dict[str, BundleRef]:
    """By region, of the application that the run releases."""
    return running_bundles(deployment, session.application.name) if session.application else {}


def roll_back_wave(
    session: Session, writer: Writer, outcome: Outcome, before: Mapping[str, BundleRef]
) -> str:
    """Put the failed wave back where that was asked for; in words, what its regions run now."""
    config = session.config
    if config.on_failure != "rollback" or outcome.interrupted:
        return ""
    failed = failed_regions(outcome.failed, config.release_waves)
    wanted = to_put_back(failed, before, _running(session, writer.read()))
    said = [_deploy(session, writer, bundle, regions) for bundle, regions in wanted.items()]
    new = [region for region in failed if region not in before]
    if new:
        said.append(f"{', '.join(new)}: nothing ran there before, so nothing was put back")
    return "\n".join(said)


def failed_regions(urns: Sequence[str], waves: Sequence[Sequence[str]]) -> list[str]:
    """Every region of the waves in which a release or the gate after it failed."""
    numbers = {number for urn in urns for number in _waves_of(urn, waves)}
    return [region for number in sorted(numbers) for region in waves[number - 1]]


def to_put_back(
    failed: Sequence[str], before: Mapping[str, BundleRef], now: Mapping[str, BundleRef]
) -> dict[BundleRef, list[str]]:
    """Bundle to the regions that ran it and do not any more; one that failed is in no `now`."""
    found: dict[BundleRef, list[str]] = {}
    for region in failed:
        if region in before and now.get(region) != before[region]:
            found.setdefault(before[region], []).append(region)
    return found


def _waves_of(urn: str, waves: Sequence[Sequence[str]]) -> list[int]:
    if _GATE in urn and (found := re.search(r"-gate-(\d+)$", urn)):
        return [int(found[1])]
    region = region_in(urn.rsplit("::", 1)[-1], [one for wave in waves for one in wave])
    return [number for number, wave in enumerate(waves, 1) if _RELEASE in urn and region in wave]


def _deploy(session: Session, writer: Writer, bundle: BundleRef, regions: list[str]) -> str:
    named = ", ".join(regions)
    session.display.say(f"putting release {bundle.number} back in {named}")
    try:
        with session.display.phase(f"rolling back {named}"):
            outcome = deploy_bundle(session, writer, bundle, regions)
    except CloudnativeError as error:
        return f"{named}: release {bundle.number} could not be put back: {error}"
    if outcome.code == 0:
        return f"{named}: release {bundle.number} runs again"
    return f"{named}: release {bundle.number} could not be put back: {_why(outcome)}"


def _why(outcome: Outcome) -> str:
    said = [str(problem["what"]) for problem in outcome.problems if problem.get("final")]
    return next(iter(said), outcome.engine_output or "the engine said nothing")

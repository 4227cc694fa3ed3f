"""`cloudnative rollback ENV`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cloudnative import present
from cloudnative.options import (
    Application,
    Environment,
    Number,
    Regions,
    RunOutput,
    RunOutputOption,
    SkipPreflight,
)

if TYPE_CHECKING:
    from cloudnative.releases import Place
    from cloudnative.session import Session


def rollback(
    environment: Environment,
    *,
    to: Number = None,
    region: Regions = [],  # noqa: B006 - typer's own default, never changed
    application: Application = "",
    skip_preflight: SkipPreflight = False,
    output: RunOutputOption = RunOutput.TEXT,
) -> None:
    """Deploy an earlier bundle without a build. The regions are held there until a newer source comes."""
    from cloudnative.bundle_mode import BundleRef, deploy_bundle
    from cloudnative.display import make_display
    from cloudnative.failure import failure
    from cloudnative.ownership import pass_on
    from cloudnative.preflight import run as preflight
    from cloudnative.releases import place_of
    from cloudnative.rolling_back import plan
    from cloudnative.session import open_session

    began = time.monotonic()
    session = open_session(
        environment, make_display(events=output is RunOutput.NDJSON), reads_application=False
    )
    pass_on(session, taken=False)
    asked = preflight.begin(session, "rollback", regions=region, skip=skip_preflight)
    with session.locked() as writer:
        asked.require()
        deployment = writer.read()
        place = place_of(deployment, environment, application)
        planned = plan(session, deployment, place, number=to or 0, regions=region or list(place.clusters))
        session.display.say(
            f"bundle {planned.number}{_of(planned.source)} goes to {', '.join(planned.regions)}"
        )
        with session.display.phase(f"rollback {environment}"):
            bundle = BundleRef(planned.ref, planned.number)
            outcome = deploy_bundle(
                session, writer, bundle, planned.regions if region else None, holds=planned.holds
            )
    if outcome.code != 0:
        raise failure(outcome, environment, verb="rollback")
    document = _document(session, writer.read(), place, planned.number)
    document |= {"changes": outcome.changes, "seconds": round(time.monotonic() - began, 1)}
    present.result(document, output, text)


def _document(
    session: Session, deployment: dict[str, Any] | None, place: Place, number: int
) -> dict[str, Any]:
    from cloudnative import report
    from cloudnative.releases import holds_of

    return {
        "environment": session.home.environment,
        "cloud": session.config.cloud,
        "result": "succeeded",
        "application": place.application,
        "release": {**report.release(deployment), "number": number},
        "regions": report.public_regions(deployment),
        "held": [one.to_dict() for one in holds_of(deployment, place.application)],
    }


def _of(source: str) -> str:
    return f" of {source}" if source else ""


def text(data: dict[str, Any]) -> str:
    """What runs now, what is held, and the way forward."""
    from cloudnative.wording import counts

    environment, number = data["environment"], data["release"]["number"]
    changes = counts(data["changes"]) if set(data["changes"]) - {"same"} else "it ran already"
    held = [_held(one) for one in data["held"]]
    return (
        f"{_where(data)} runs release {number}: {changes} ({data['seconds']:.1f} s)\n{''.join(held)}"
        f"\nnext:  cloudnative history {environment}\n"
        f"       cloudnative preview {environment}\n"
    )


def _where(data: dict[str, Any]) -> str:
    """The environment, or those of its regions that run the release."""
    there = [region["name"] for region in data["regions"] if region["release"] == data["release"]["number"]]
    whole = len(there) == len(data["regions"])
    return data["environment"] if whole else f"{', '.join(there)} of {data['environment']}"


def _held(one: dict[str, Any]) -> str:
    newer = one["rolledBack"]["number"]
    return f"{one['region']} is held at {one['number']}: `up` of the source of {newer} is refused\n"

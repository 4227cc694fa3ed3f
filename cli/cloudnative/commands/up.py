"""`cloudnative up ENV`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cloudnative import present
from cloudnative.options import (
    Environment,
    Refresh,
    Resume,
    RunOutput,
    RunOutputOption,
    SkipPreflight,
    TakeOwnership,
    Unprotect,
    Yes,
)

if TYPE_CHECKING:
    from cloudnative.runs.supervisor import Outcome
    from cloudnative.session import Session


def up(
    environment: Environment,
    *,
    yes: Yes = False,
    refresh: Refresh = False,
    take_ownership: TakeOwnership = False,
    unprotect: Unprotect = [],  # noqa: B006 - typer's own default, never changed
    skip_preflight: SkipPreflight = False,
    resume: Resume = False,
    output: RunOutputOption = RunOutput.TEXT,
) -> None:
    """Build, provision, release and verify. Ends with addresses and next commands."""
    from cloudnative.consent import ask, planned_losses
    from cloudnative.display import make_display
    from cloudnative.failure import failure
    from cloudnative.holds import refuse_rolled_back
    from cloudnative.ownership import pass_on
    from cloudnative.preflight import run as preflight
    from cloudnative.protection import given_up, refuse_loss
    from cloudnative.registry_home import refuse_move
    from cloudnative.session import open_session
    from cloudnative.vanished import say_vanished
    from cloudnative.wave_rollback import released_before, roll_back_wave

    began = time.monotonic()
    display = make_display(events=output is RunOutput.NDJSON)
    session = open_session(environment, display)
    pass_on(session, taken=take_ownership)
    _require_builder(session)
    asked = preflight.begin(session, "up", skip=skip_preflight)
    with session.locked() as writer:
        asked.require()
        writer.unprotect(given_up(writer.read(), unprotect))
        deployment = writer.read()
        refuse_loss(deployment, session.application, environment)
        refuse_move(deployment, session.config, session.project.environment_file(environment))
        refuse_rolled_back(session, deployment, resume=resume, verb="up")
        again = ["--refresh"] if say_vanished(session, deployment) or refresh else []
        if not yes:
            with display.planning(f"planning up {environment}"):
                planned = planned_losses(writer, environment, *again, verb="up")
            ask(planned, environment, verb="up")
        before = released_before(session, deployment)
        with display.phase(f"up {environment}"):
            outcome = writer.run("up", "--yes", "--skip-preview", *again)
        since = "" if outcome.code == 0 else roll_back_wave(session, writer, outcome, before)
    if outcome.code != 0:
        raise failure(outcome, environment, verb="up", since=since)
    present.result(summary(session, writer.read(), outcome, time.monotonic() - began), output, text)


def _require_builder(session: Session) -> None:
    """Before anything is made; an environment that has its images may have nothing to build."""
    import os

    from cloudnative import report
    from cloudnative.emulator_limits import builder_missing, no_builder

    application = session.application
    if application is None or not application.builds or report.images(session.seen):
        return
    if builder_missing(session.config.builder, session.endpoint, os.environ):
        raise no_builder(session.project.environment_file(session.home.environment))


def summary(
    session: Session, deployment: dict[str, Any] | None, outcome: Outcome, seconds: float
) -> dict[str, Any]:
    """The JSON of `up` and `deploy`."""
    from cloudnative import report
    from cloudnative.emulator_limits import simulated_pods

    regions: list[dict[str, Any]] = _in_order(report.public_regions(deployment), session.config.regions)
    if simulated_pods(session.endpoint):  # a release may still know the addresses of nodes that ran before
        regions = [{**region, "endpoints": []} for region in regions]
    return {
        "environment": session.home.environment,
        "cloud": session.config.cloud,
        "result": "succeeded",
        "changes": outcome.changes,
        "seconds": round(seconds, 1),
        "release": report.release(deployment),
        "regions": regions,
        "waves": session.config.release_waves,
    }


def text(data: dict[str, Any]) -> str:
    """What a person reads at the end: what changed, where it answers, what to do next."""
    environment = data["environment"]
    from cloudnative.wording import counts

    changes = counts(data["changes"]) if set(data["changes"]) - {"same"} else "nothing has changed"
    release = f", release {data['release']['number']}" if data["release"]["number"] else ""
    release += f" of {data['release']['source']}" if release and data["release"]["source"] else ""
    several = len(data["waves"]) > 1
    head = ["REGION", "WAVE", "RELEASE", "SERVICE", "URL"] if several else ["REGION", "SERVICE", "URL"]
    rows = [row for region in data["regions"] for row in _rows(region, data["waves"])]
    served = present.table([head, *rows]) if rows else ""
    return (
        f"{environment} is up on {data['cloud']}{release}: {changes} ({data['seconds']:.1f} s)\n{served}"
        f"\nnext:  cloudnative status {environment}\n"
        f"       cloudnative logs {environment} --follow\n"
        f"       cloudnative down {environment}\n"
    )


def _in_order(regions: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    return sorted(regions, key=lambda one: [*names, one["name"]].index(one["name"]))


def _rows(region: dict[str, Any], waves: list[list[str]]) -> list[list[str]]:
    """A region's addresses; with several waves also its wave and what runs there, address or not."""
    served = [[endpoint["service"], endpoint["url"]] for endpoint in region["endpoints"]]
    if len(waves) == 1:
        return [[region["name"], *one] for one in served]
    wave = next((str(number) for number, names in enumerate(waves, 1) if region["name"] in names), "-")
    return [[region["name"], wave, str(region["release"]), *one] for one in served or [["-", "-"]]]

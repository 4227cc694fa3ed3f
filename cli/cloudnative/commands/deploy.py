"""`cloudnative deploy ENV`."""

from __future__ import annotations

import time

from cloudnative import present
from cloudnative.options import Environment, Resume, RunOutput, RunOutputOption, SkipPreflight, TakeOwnership

TYPES = ("Image", "UpstreamImage", "GeneratedSecret", "Bundle", "Release", "HealthGate")


def deploy(
    environment: Environment,
    take_ownership: TakeOwnership = False,
    skip_preflight: SkipPreflight = False,
    resume: Resume = False,
    output: RunOutputOption = RunOutput.TEXT,
) -> None:
    """Build images and release them. Infrastructure is not touched."""
    from cloudnative import report
    from cloudnative.commands.up import summary, text
    from cloudnative.display import make_display
    from cloudnative.failure import failure
    from cloudnative.holds import refuse_rolled_back
    from cloudnative.ownership import pass_on
    from cloudnative.preflight import run as preflight
    from cloudnative.protection import refuse_loss
    from cloudnative.session import open_session
    from cloudnative.wave_rollback import released_before, roll_back_wave
    from cloudnative_toolchain.errors import CloudnativeError

    began = time.monotonic()
    session = open_session(environment, make_display(events=output is RunOutput.NDJSON))
    pass_on(session, taken=take_ownership)
    asked = preflight.begin(session, "deploy", skip=skip_preflight)
    with session.locked() as writer:
        deployment = writer.read()
        if not report.regions(deployment):
            raise CloudnativeError(
                code="environment.empty",
                what=f"environment {environment} has no cluster",
                why="deploy releases to what `up` has made",
                fix=f"cloudnative up {environment}",
            )
        asked.require()
        refuse_loss(deployment, session.application, environment)
        refuse_rolled_back(session, deployment, resume=resume, verb="deploy")
        targets = [f"--target=**cloudnative:index:{name}::**" for name in TYPES]
        before = released_before(session, deployment)
        with session.display.phase(f"deploy {environment}"):
            outcome = writer.run("up", "--yes", "--skip-preview", *targets)
        since = "" if outcome.code == 0 else roll_back_wave(session, writer, outcome, before)
    if outcome.code != 0:
        raise failure(outcome, environment, verb="deploy", since=since)
    present.result(summary(session, writer.read(), outcome, time.monotonic() - began), output, text)

"""`cloudnative preview ENV`."""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from typing import Any

import typer

from cloudnative import present
from cloudnative.options import (
    Characters,
    Environment,
    ExitCodeOption,
    PreviewOutput,
    PreviewOutputOption,
    SkipPreflight,
    TakeOwnership,
)

CHANGES = {"create", "update", "replace", "delete"}
KEYS = ("operation", "type", "name", "urn", "component")


def preview(
    environment: Environment,
    *,
    exit_code: ExitCodeOption = False,
    take_ownership: TakeOwnership = False,
    skip_preflight: SkipPreflight = False,
    characters: Characters = 60000,
    output: PreviewOutputOption = PreviewOutput.TEXT,
) -> None:
    """Show what `up` would change; nothing is changed. Down to the fields of Kubernetes objects."""
    from cloudnative import markdown
    from cloudnative_toolchain.errors import CloudnativeError, ExitCode

    try:
        data, refused = _previewed(environment, take_ownership=take_ownership, skip_preflight=skip_preflight)
    except CloudnativeError as error:
        if output is PreviewOutput.MARKDOWN:
            sys.stdout.write(markdown.failed(environment, error))
        raise
    as_comment = output is PreviewOutput.MARKDOWN
    present.result(data, output, partial(markdown.preview, limit=characters) if as_comment else text)
    if refused:
        raise typer.Exit(int(refused))
    if exit_code and CHANGES & set(data["changes"]):
        raise typer.Exit(int(ExitCode.CHANGES))


def _previewed(environment: str, *, take_ownership: bool, skip_preflight: bool) -> tuple[dict[str, Any], int]:
    """Everything that a preview tells, and the exit code where preflight refuses `up`."""
    from cloudnative.display import make_display
    from cloudnative.failure import failure
    from cloudnative.holds import held, source_now
    from cloudnative.ownership import pass_on
    from cloudnative.preflight import run as preflight
    from cloudnative.registry_home import refuse_move
    from cloudnative.renderers import document
    from cloudnative.session import open_session
    from cloudnative.vanished import say_vanished

    display = make_display()
    session = open_session(environment, display)
    pass_on(session, taken=take_ownership)
    asked = preflight.begin(session, "preview", skip=skip_preflight)
    reader = session.reader()
    deployment = reader.read()
    refuse_move(deployment, session.config, session.project.environment_file(environment))
    asked.require_account()
    again = ["--refresh"] if say_vanished(session, deployment) else []
    with display.planning(f"preview {environment}"):
        outcome = reader.run("preview", *again)
    if outcome.code != 0:
        raise failure(outcome, environment, verb="preview")
    resources = [
        {key: s[key] for key in KEYS if key in s} | {"fields": s.get("fields", [])} for s in outcome.planned
    ]
    holds = held(deployment)
    source = source_now(session.application, session.config) if holds and session.application else ""
    found = asked.result()
    # Of rights only those of the deployer count, where it is not who looks.
    left_out = preflight.OF_THE_DEPLOYER if session.config.deployer else set[str]()
    refused = preflight.refusals_of_up(found)
    data = {
        "environment": environment,
        "cloud": session.config.cloud,
        "result": "previewed",
        "services": document(session.application.renderings if session.application else []),
        "changes": outcome.changes,
        "resources": resources,
        "objects": outcome.objects,
        "findings": [finding.to_dict() for finding in found.findings if finding.code not in left_out],
        "unchecked": list(found.unchecked),
        "held": [{**one.to_dict(), "sameSource": one.hold.input == source != ""} for one in holds],
    }
    return data, int(preflight.refusal(refused, environment).exit_code) if refused else 0


def text(data: dict[str, Any]) -> str:
    """Resource by resource, below each release its objects with their fields; what `up` then does."""
    from cloudnative import renderers
    from cloudnative.wording import is_real, planned_lines

    rendered = renderers.lines(data["services"])
    lines = [*rendered, *_found(data["findings"]), *planned_lines(data["resources"], data["objects"])]
    if not CHANGES & set(data["changes"]):
        return "\n".join([*lines, f"{data['environment']}: nothing would change"]) + "\n"
    planned = Counter(step["operation"] for step in data["resources"] if is_real(step))
    counts = ", ".join(f"{n} to {operation}" for operation, n in sorted(planned.items()))
    total = f"{data['environment']}: {counts or 'only the bookkeeping of the engine would change'}"
    resume = " --resume" if any(one["sameSource"] for one in data["held"]) else ""
    following = f"next:  cloudnative up {data['environment']}{resume}"
    return "\n".join([*lines, total, *_held(data["held"]), "", following]) + "\n"


def _found(findings: list[dict[str, Any]]) -> list[str]:
    """What preflight found, each with its cause and way out."""
    lines = [line for finding in findings for line in present.finding_lines(finding)]
    return [f"preflight found, before `up` changes anything: {len(findings)}", *lines, ""] if lines else []


def _held(holds: list[dict[str, Any]]) -> list[str]:
    """A line per region that a rollback keeps: what `up` does about it."""
    return [
        f"{one['region']} is held at {one['number']} ({one['rolledBack']['number']} was rolled back): "
        + (
            "this is the source of it, and `up` refuses it without --resume"
            if one["sameSource"]
            else "this source is newer, and `up` lifts the hold"
        )
        for one in holds
    ]

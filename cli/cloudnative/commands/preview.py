"""`cloudnative preview ENV`."""

from __future__ import annotations

from collections import Counter
from typing import Any

import typer

from cloudnative import present
from cloudnative.options import Environment, ExitCodeOption, Output, OutputOption, TakeOwnership

CHANGES = {"create", "update", "replace", "delete"}
KEYS = ("operation", "type", "name", "urn", "component")


def preview(
    environment: Environment,
    exit_code: ExitCodeOption = False,
    take_ownership: TakeOwnership = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show what `up` would change; nothing is changed. Down to the fields of Kubernetes objects."""
    from cloudnative.display import make_display
    from cloudnative.failure import failure
    from cloudnative.ownership import pass_on
    from cloudnative.session import open_session
    from cloudnative_toolchain.errors import ExitCode

    display = make_display()
    session = open_session(environment, display)
    pass_on(session, taken=take_ownership)
    reader = session.reader()
    with display.planning(f"preview {environment}"):
        outcome = reader.run("preview")
    if outcome.code != 0:
        raise failure(outcome, environment, verb="preview")
    resources = [
        {key: s[key] for key in KEYS if key in s} | {"fields": s.get("fields", [])} for s in outcome.planned
    ]
    present.result(
        {
            "environment": environment,
            "cloud": session.config.cloud,
            "result": "previewed",
            "changes": outcome.changes,
            "resources": resources,
            "objects": outcome.objects,
        },
        output,
        text,
    )
    if exit_code and CHANGES & set(outcome.changes):
        raise typer.Exit(int(ExitCode.CHANGES))


def text(data: dict[str, Any]) -> str:
    """Resource by resource, below each release its objects with their fields; what `up` then does."""
    from cloudnative.wording import is_real, planned_lines

    lines = planned_lines(data["resources"], data["objects"])
    if not CHANGES & set(data["changes"]):
        return "\n".join([*lines, f"{data['environment']}: nothing would change"]) + "\n"
    planned = Counter(step["operation"] for step in data["resources"] if is_real(step))
    counts = ", ".join(f"{n} to {operation}" for operation, n in sorted(planned.items()))
    total = f"{data['environment']}: {counts or 'only the bookkeeping of the engine would change'}"
    return "\n".join([*lines, total, "", f"next:  cloudnative up {data['environment']}"]) + "\n"

"""`cloudnative preview ENV`."""

from __future__ import annotations

from typing import Any

import typer

from cloudnative import present
from cloudnative.options import Environment, ExitCodeOption, Output, OutputOption

CHANGES = {"create", "update", "replace", "delete"}


def preview(
    environment: Environment, exit_code: ExitCodeOption = False, output: OutputOption = Output.TEXT
) -> None:
    """Show what `up` would change, down to the fields of Kubernetes objects; changes nothing."""
    from cloudnative.display import make_display
    from cloudnative.failure import failure
    from cloudnative.session import open_session
    from cloudnative_toolchain.errors import ExitCode

    session = open_session(environment, make_display(quiet=output is Output.JSON, plan=True))
    outcome = session.reader().run("preview")
    if outcome.code != 0:
        raise failure(outcome, environment, verb="preview")
    resources = [
        {"operation": s["operation"], "type": s["type"], "name": s["name"], "fields": s.get("fields", [])}
        for s in outcome.planned
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
    """Resource by resource, then object by object with their fields."""
    from cloudnative.display import change_lines, short_type

    lines = [
        f"{r['operation']:<8} {short_type(r['type'])} {r['name']}"
        + (f"  ({', '.join(r['fields'])})" if r["fields"] else "")
        for r in data["resources"]
    ]
    lines += [change_lines(change) for change in data["objects"]]
    counts = ", ".join(f"{n} {operation}" for operation, n in sorted(data["changes"].items()))
    if not CHANGES & set(data["changes"]):
        counts = f"nothing would change ({counts or 'there is nothing'})"
    return "\n".join([*lines, f"{data['environment']}: {counts}"]) + "\n"

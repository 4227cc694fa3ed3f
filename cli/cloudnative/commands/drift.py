"""`cloudnative drift ENV`."""

from __future__ import annotations

import json
from typing import Any

import typer

from cloudnative import present
from cloudnative.options import Environment, ExitCodeOption, Output, OutputOption


def drift(
    environment: Environment, exit_code: ExitCodeOption = False, output: OutputOption = Output.TEXT
) -> None:
    """Show what somebody else changed. In Azure and in every cluster, field by field; nothing is changed."""
    from cloudnative.display import make_display
    from cloudnative.drifting import look_for_drift
    from cloudnative.failure import failure
    from cloudnative.session import open_session
    from cloudnative_toolchain.errors import ExitCode

    display = make_display()
    session = open_session(environment, display, reads_application=False)
    with display.planning(f"drift {environment}"):
        outcome, found = look_for_drift(session)
    if outcome.code != 0:
        raise failure(outcome, environment, verb="drift")
    document = {
        "environment": environment,
        "cloud": session.config.cloud,
        "result": "incomplete" if found.unreachable else "drifted" if found.drifted else "same",
        "resources": found.resources,
        "regions": found.regions,
    }
    present.result(document, output, text)
    if found.unreachable:
        raise typer.Exit(int(ExitCode.RESOURCE))
    if exit_code and found.drifted:
        raise typer.Exit(int(ExitCode.CHANGES))


def text(data: dict[str, Any]) -> str:
    """Resource by resource, region by region; then what mends it."""
    environment = data["environment"]
    lines = [line for one in data["resources"] for line in _resource(one)]
    lines += [line for region in data["regions"] for line in _region(region)]
    if data["result"] == "same":
        return f"{environment}: nothing has drifted\n"
    if data["result"] == "incomplete":
        lines.append("what could not be asked is not known to have drifted, nor that it has not")
    # The engine reads Azure again only when it is told to; clusters are looked at in every run.
    again = " --refresh" if any(one["change"] == "changed" for one in data["resources"]) else ""
    return "\n".join([*lines, "", f"next:  cloudnative up {environment}{again}"]) + "\n"


def _resource(one: dict[str, Any]) -> list[str]:
    from cloudnative.wording import clean, short_type

    head = f"{one['change']:<8} {short_type(one['type'])} {one['name']}"
    fields = [f"      {f['path']}: {_value(f['old'])} -> {_value(f['new'])}" for f in one["fields"]]
    return [clean(line) for line in [head, *fields]]


def _region(region: dict[str, Any]) -> list[str]:
    """A region's findings; nothing of a region that is as it was left."""
    if region["asked"] == "gone":
        return [f"deleted  cluster {region['cluster']} ({region['name']}): {region['why']}"]
    if region["asked"] != "read":
        return [f"{region['asked']}: cluster {region['cluster']} ({region['name']}): {region['why']}"]
    lines = [f"  {region['release']}"] if region["release"] else []
    lines += [line for one in region["objects"] for line in _object(one)]
    return [f"{region['name']}  {region['application']}", *lines] if lines else []


def _object(one: dict[str, Any]) -> list[str]:
    from cloudnative.wording import clean

    by = f" by {one['by']}" if one.get("by") else ""
    fields = [
        f"      {f['path']}: {_value(f['released'])} -> {_value(f['live'])}"
        + (f"  by {f['by']}" if f["by"] else "")
        for f in one["fields"]
    ]
    return [clean(line) for line in [f"  {one['change']} {one['object']}{by}", *fields]]


def _value(value: Any) -> str:
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)

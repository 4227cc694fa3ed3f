"""`cloudnative emulator start|stop|status|reset|env|logs`."""

from __future__ import annotations

from typing import Any

import typer

from cloudnative import present
from cloudnative.options import Backend, Follow, Output, OutputOption, Yes

app = typer.Typer(
    help="The machine's own Azure: start, stop, look at, reset.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def start(backend: Backend = "", output: OutputOption = Output.TEXT) -> None:
    """Start it; everything that was there comes back."""
    import cloudnative_emulator
    from cloudnative.display import make_display
    from cloudnative.emulator_link import running_endpoint

    display = make_display()
    with display.phase("emulator"):
        cloudnative_emulator.start(backend=backend or None, on_progress=display.detail)
    present.result(_public(running_endpoint()), output, _started)


@app.command()
def stop(output: OutputOption = Output.TEXT) -> None:
    """Stop it; clusters and data stay on disk."""
    import cloudnative_emulator

    cloudnative_emulator.stop()
    present.result({"result": "stopped"}, output, lambda _: "the emulator is stopped; its data stays\n")


@app.command()
def reset(yes: Yes = False, output: OutputOption = Output.TEXT) -> None:
    """Delete it with everything that lived in it."""
    import cloudnative_emulator
    from cloudnative.consent import ask_reset

    if not yes:
        ask_reset()
    cloudnative_emulator.reset()
    present.result(
        {"result": "reset"}, output, lambda _: "the emulator is gone, with everything that lived in it\n"
    )


@app.command()
def status(output: OutputOption = Output.TEXT) -> None:
    """Show its processes, ports and memory."""
    import cloudnative_emulator

    present.result(dict(cloudnative_emulator.status()), output, _status)


@app.command()
def env(output: OutputOption = Output.TEXT) -> None:
    """Print variables for plain Pulumi and Azure's tools: eval "$(cloudnative emulator env)"."""
    from cloudnative.plain_pulumi import shell_lines, variables

    present.result(variables(), output, shell_lines)


@app.command()
def logs(follow: Follow = False) -> None:
    """Print its log."""
    import sys

    import cloudnative_emulator

    for line in cloudnative_emulator.logs(follow=follow):
        sys.stdout.write(line.rstrip("\n") + "\n")
        sys.stdout.flush()


def _public(endpoint: dict[str, Any]) -> dict[str, Any]:
    keys = ("instance", "arm", "subscription", "tenant", "backend", "backend_reason")
    return {"result": "running", **{key: endpoint.get(key, "") for key in keys}}


def _started(data: dict[str, Any]) -> str:
    reason = f" ({data['backend_reason']}; pods are simulated)" if data["backend_reason"] else ""
    return f"the emulator runs at {data['arm']}, clusters: {data['backend']}{reason}\n"


def _status(data: dict[str, Any]) -> str:
    import json

    return json.dumps(data, indent=2) + "\n"

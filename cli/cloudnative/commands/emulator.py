"""`cloudnative emulator start|stop|status|reset|env|logs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cloudnative import present
from cloudnative.options import (
    Backend,
    ClusterBackend,
    ClusterRegistry,
    Context,
    Follow,
    HostCertificates,
    Lines,
    Output,
    OutputOption,
    Switch,
    Yes,
)
from cloudnative_toolchain.errors import ConfigError

app = typer.Typer(
    help="The machine's own Azure: start, stop, look at, reset.", no_args_is_help=True, rich_markup_mode=None
)

Component = Annotated[
    str | None,
    typer.Argument(metavar="PROCESS", help="A process that `status` names; default: the daemon."),
]

PROCESS = ("name", "state", "pid", "restarts", "memory_mb", "port")
CLUSTER = ("name", "state", "nodes", "server")

ForEnvironment = Annotated[
    str,
    typer.Argument(
        metavar="ENV", help="Whose stack settings; default: the project's only one.", show_default=False
    ),
]


@app.command()
def start(
    backend: Backend = None,
    context: Context = None,
    registry: ClusterRegistry = None,
    host_certificates: HostCertificates = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Start it; everything that was there comes back."""
    import os

    import cloudnative_emulator
    from cloudnative.display import make_display
    from cloudnative.emulator_link import running_endpoint
    from cloudnative.machine import require_room

    require_room()
    _require_root(backend)
    if host_certificates:
        os.environ["CLOUDNATIVE_HOST_CERTIFICATES"] = host_certificates.value  # the daemon inherits it
    display = make_display()
    with display.phase("starting the emulator"):
        wanted = backend.value if backend else None
        cloudnative_emulator.start(
            backend=wanted, context=context, registry=registry, on_progress=display.detail
        )
        cloudnative_emulator.require_clusters()
    _require_certificates(host_certificates, running_endpoint())
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
def env(environment: ForEnvironment = "", output: OutputOption = Output.TEXT) -> None:
    """Print variables for plain Pulumi and Azure's tools: eval "$(cloudnative emulator env)"."""
    from cloudnative.plain_pulumi import shell_lines, variables

    present.result(variables(environment), output, shell_lines)


@app.command()
def logs(component: Component = None, follow: Follow = False, tail: Lines = 200) -> None:
    """Print its log, or that of one of its processes."""
    import sys

    import cloudnative_emulator

    for line in cloudnative_emulator.logs(component, follow=follow, lines=tail):
        sys.stdout.write(line.rstrip("\n") + "\n")
        sys.stdout.flush()


def _require_root(backend: ClusterBackend | None) -> None:
    import os

    if backend is not ClusterBackend.NODE or os.geteuid() == 0:
        return
    raise ConfigError(
        code="emulator.root",
        what="clusters of real nodes were asked for",
        why="only root can run one; this user gets simulated pods",
        fix="cloudnative emulator start --backend simulated",
    )


def _require_certificates(asked: Switch | None, endpoint: dict[str, Any]) -> None:
    """An emulator that ran already has been told at its own start."""
    wanted = {Switch.ON: True, Switch.OFF: False}.get(asked or Switch.AUTO)
    if not endpoint["buildkit"] or wanted in (None, bool(endpoint["build_certificates"])):
        return
    raise ConfigError(
        code="emulator.other-certificates",
        what="the emulator runs already, with the other choice of certificates for builds",
        why="BuildKit is told once, when it starts: stop the emulator, then start it like this again",
        fix="cloudnative emulator stop",
    )


def _public(endpoint: dict[str, Any]) -> dict[str, Any]:
    keys = ("instance", "arm", "subscription", "tenant", "backend", "backend_reason", "build_certificates")
    return {"result": "running", **{key: endpoint.get(key, "") for key in keys}}


def _started(data: dict[str, Any]) -> str:
    reason = f" ({data['backend_reason']}; pods are simulated)" if data["backend_reason"] else ""
    return f"the emulator runs at {data['arm']}, clusters: {data['backend']}{reason}\n{_builds(data)}"


def _builds(data: Mapping[str, Any]) -> str:
    """A line where builds trust more than their images do."""
    bundle = data.get("build_certificates")
    return f"RUN steps of builds trust this machine's certificates: {bundle}\n" if bundle else ""


def _status(data: dict[str, Any]) -> str:
    """One line for the whole, one for each process and each cluster."""
    head = f"the emulator is {data.get('state', 'stopped')}"
    if data.get("backend"):
        head += f", clusters: {data['backend']}"
    if data.get("backend_reason"):
        head += f" ({data['backend_reason']}; pods are simulated)"
    processes = _table(data.get("processes") or [], PROCESS)
    clusters: list[dict[str, Any]] = data.get("clusters") or []
    return head + "\n" + _builds(data) + processes + _table(clusters, CLUSTER) + _failures(clusters)


def _failures(clusters: Sequence[Mapping[str, Any]]) -> str:
    """Why clusters that should run do not, and where to look."""
    failed = [(row["name"], row["failure"]) for row in clusters if row.get("failure")]
    return "".join(
        f"\n{name} failed: {why['what']}: {why.get('why', '')}\nfix: {why.get('fix', '')}\n"
        for name, why in failed
    )


def _table(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
    """Those fields of some records that fit side by side, one line each; `--output json` has them all."""
    if not rows:
        return ""
    cells = [[str("-" if row.get(key) is None else row.get(key, "")) for key in keys] for row in rows]
    return "\n" + present.table([[key.upper().replace("_", " ") for key in keys], *cells])

"""Every flag of the command, once: its name, its variable, its help."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Output(StrEnum):
    """How a result is printed on stdout."""

    TEXT = "text"
    JSON = "json"


class ClusterBackend(StrEnum):
    """What clusters are made of."""

    NODE = "node"
    SIMULATED = "simulated"
    CONTEXT = "context"


class GraphFormat(StrEnum):
    """How an environment is drawn."""

    MERMAID = "mermaid"
    SVG = "svg"


class Switch(StrEnum):
    """What is done by itself where it is needed, or always, or never."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class PreviewOutput(StrEnum):
    """How `preview` reports: also as a comment on a pull request."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class RunOutput(StrEnum):
    """How `up` and `deploy` report: also one JSON event a line."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


Environment = Annotated[
    str, typer.Argument(metavar="ENV", help="Environment: the NAME of stacks/Pulumi.NAME.yaml.")
]
OutputOption = Annotated[
    Output, typer.Option("--output", "-o", envvar="CLOUDNATIVE_OUTPUT", help="What stdout carries.")
]
PreviewOutputOption = Annotated[
    PreviewOutput,
    typer.Option(
        "--output",
        "-o",
        envvar="CLOUDNATIVE_OUTPUT",
        help="What stdout carries; markdown: a comment for a pull request.",
    ),
]
RunOutputOption = Annotated[
    RunOutput,
    typer.Option(
        "--output", "-o", envvar="CLOUDNATIVE_OUTPUT", help="What stdout carries; ndjson: one event a line."
    ),
]
Yes = Annotated[
    bool,
    typer.Option(
        "--yes", "-y", envvar="CLOUDNATIVE_YES", help="Go on where something is deleted or replaced."
    ),
]
Refresh = Annotated[
    bool, typer.Option("--refresh", envvar="CLOUDNATIVE_REFRESH", help="First read what is really there.")
]
TakeOwnership = Annotated[
    bool,
    typer.Option(
        "--take-ownership",
        envvar="CLOUDNATIVE_TAKE_OWNERSHIP",
        help="Take the fields of Kubernetes objects that somebody else changed and the release writes.",
    ),
]
Unprotect = Annotated[
    list[str],
    typer.Option(
        "--unprotect",
        envvar="CLOUDNATIVE_UNPROTECT",
        metavar="NAME",
        help="Let this protected resource be deleted or replaced; may be repeated.",
    ),
]
SkipPreflight = Annotated[
    bool,
    typer.Option(
        "--skip-preflight",
        envvar="CLOUDNATIVE_SKIP_PREFLIGHT",
        help="Go on without asking Azure first whether all of it can be made.",
    ),
]
UnprotectAll = Annotated[
    list[str],
    typer.Option(
        "--unprotect",
        envvar="CLOUDNATIVE_UNPROTECT",
        metavar="NAME",
        help="Delete this protected resource too, or `all` of them; may be repeated.",
    ),
]
ExitCodeOption = Annotated[
    bool, typer.Option("--exit-code", envvar="CLOUDNATIVE_EXIT_CODE", help="Exit 10 when there are changes.")
]
Follow = Annotated[
    bool,
    typer.Option(
        "--follow", "-f", envvar="CLOUDNATIVE_FOLLOW", help="Go on as new lines come, until Ctrl-C."
    ),
]
Tail = Annotated[
    int | None,
    typer.Option(
        "--tail",
        envvar="CLOUDNATIVE_TAIL",
        min=0,
        help="Last lines of each container; default: 50, all with --since or --previous.",
        show_default=False,
    ),
]
Lines = Annotated[
    int, typer.Option("--tail", envvar="CLOUDNATIVE_TAIL", min=0, help="Last lines of the log.")
]
Since = Annotated[
    str,
    typer.Option(
        "--since",
        envvar="CLOUDNATIVE_SINCE",
        metavar="TIME",
        help="Only what is newer: 90s, 15m, 2h, 1d, or 2026-11-23T12:00:00Z.",
        show_default=False,
    ),
]
GraphFormatOption = Annotated[
    GraphFormat,
    typer.Option("--format", envvar="CLOUDNATIVE_FORMAT", help="How it is drawn.", show_choices=True),
]
Watch = Annotated[
    bool,
    typer.Option(
        "--watch",
        "-w",
        envvar="CLOUDNATIVE_WATCH",
        help="Go on until Ctrl-C: in place on a terminal, else a line or JSON object a change.",
    ),
]
Metric = Annotated[
    str,
    typer.Option(
        "--metric",
        envvar="CLOUDNATIVE_METRIC",
        metavar="NAME",
        help="Histogram of request durations, in seconds.",
    ),
]
Window = Annotated[
    str, typer.Option("--window", envvar="CLOUDNATIVE_WINDOW", metavar="TIME", help="Averages over: 2m, 1h.")
]
Query = Annotated[
    str,
    typer.Option(
        "--query",
        envvar="CLOUDNATIVE_QUERY",
        metavar="PROMQL",
        help="Ask this instead, and print the series that it finds.",
        show_default=False,
    ),
]
Previous = Annotated[
    bool,
    typer.Option(
        "--previous", "-p", envvar="CLOUDNATIVE_PREVIOUS", help="Of containers before their last restart."
    ),
]
RegionOption = Annotated[
    str,
    typer.Option(
        "--region",
        envvar="CLOUDNATIVE_REGION",
        metavar="REGION",
        help="Only this region.",
        show_default=False,
    ),
]
Fix = Annotated[
    bool,
    typer.Option("--fix", envvar="CLOUDNATIVE_FIX", help="Get what is missing, into the user's cache only."),
]
LockId = Annotated[
    str, typer.Option("--id", envvar="CLOUDNATIVE_ID", help="Id of the lock, from the error that named it.")
]
Cloud = Annotated[
    str,
    typer.Option(
        "--cloud", envvar="CLOUDNATIVE_CLOUD", help="Cloud of the new environment: emulator or azure."
    ),
]
Token = Annotated[
    bool,
    typer.Option(
        "--token", envvar="CLOUDNATIVE_TOKEN", help="Print a credential for kubectl instead.", hidden=True
    ),
]
Backend = Annotated[
    ClusterBackend | None,
    typer.Option(
        "--backend",
        envvar="CLOUDNATIVE_BACKEND",
        help="node (real pods, needs root), simulated, or context (a cluster you have); default: as at the "
        "last start, at first node, without root simulated.",
        show_choices=False,
    ),
]
Context = Annotated[
    str | None,
    typer.Option(
        "--context",
        envvar="CLOUDNATIVE_CONTEXT",
        metavar="NAME",
        help="Context of your kubeconfig that is the cluster; its credentials are copied to a private file.",
        show_default=False,
    ),
]
ClusterRegistry = Annotated[
    str | None,
    typer.Option(
        "--registry",
        envvar="CLOUDNATIVE_REGISTRY",
        metavar="ADDRESS",
        help="Registry that this machine pushes to and the cluster of --context pulls from (localhost:5001).",
        show_default=False,
    ),
]
HostCertificates = Annotated[
    Switch | None,
    typer.Option(
        "--host-certificates",
        envvar="CLOUDNATIVE_HOST_CERTIFICATES",
        help="RUN steps of builds trust this machine's CAs: on, off; default: where it has CAs of its own.",
        show_choices=False,
    ),
]
Application = Annotated[
    str,
    typer.Option(
        "--application",
        envvar="CLOUDNATIVE_APPLICATION",
        metavar="NAME",
        help="Where an environment has several applications: this one.",
        show_default=False,
    ),
]
Newest = Annotated[int, typer.Option("--newest", envvar="CLOUDNATIVE_NEWEST", min=1, help="So many bundles.")]
Keep = Annotated[
    int, typer.Option("--keep", envvar="CLOUDNATIVE_KEEP", min=1, help="So many newest bundles stay anyway.")
]
Days = Annotated[
    int,
    typer.Option(
        "--older-than",
        envvar="CLOUDNATIVE_OLDER_THAN",
        metavar="DAYS",
        min=0,
        help="Younger images stay: a build may be on its way to a bundle.",
    ),
]
Number = Annotated[
    int | None,
    typer.Option(
        "--to",
        envvar="CLOUDNATIVE_TO",
        metavar="NUMBER",
        min=1,
        help="The bundle to deploy, by its number; default: the newest one before that succeeded.",
        show_default=False,
    ),
]
Regions = Annotated[
    list[str],
    typer.Option(
        "--region",
        envvar="CLOUDNATIVE_REGION",
        metavar="NAME",
        help="Only this region; may be repeated. Default: every region.",
        show_default=False,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        envvar="CLOUDNATIVE_RESUME",
        help="Release what was rolled back again: lifts the hold of a rollback.",
    ),
]
Debug = Annotated[bool, typer.Option("--debug", envvar="CLOUDNATIVE_DEBUG", help="Show tracebacks.")]

RepositoryName = Annotated[
    str,
    typer.Option(
        "--repository",
        envvar="CLOUDNATIVE_REPOSITORY",
        metavar="OWNER/NAME",
        help="Repository on GitHub; default: the remote origin.",
        show_default=False,
    ),
]
OwnerId = Annotated[
    int | None,
    typer.Option(
        "--owner-id",
        envvar="CLOUDNATIVE_OWNER_ID",
        min=1,
        help="Id of the repository's owner: gh api repos/OWNER/NAME --jq .owner.id",
        show_default=False,
    ),
]
RepositoryId = Annotated[
    int | None,
    typer.Option(
        "--repository-id",
        envvar="CLOUDNATIVE_REPOSITORY_ID",
        min=1,
        help="Id of the repository: gh api repos/OWNER/NAME --jq .id",
        show_default=False,
    ),
]
Environments = Annotated[
    list[str],
    typer.Option(
        "--environment",
        envvar="CLOUDNATIVE_ENVIRONMENT",
        metavar="ENV",
        help="An environment, in the order of promotion; may be repeated. Default: all on Azure.",
        show_default=False,
    ),
]
Branch = Annotated[
    str,
    typer.Option(
        "--branch",
        envvar="CLOUDNATIVE_BRANCH",
        help="Branch whose merges are deployed; default: origin's.",
        show_default=False,
    ),
]
Source = Annotated[
    str,
    typer.Option(
        "--source",
        envvar="CLOUDNATIVE_SOURCE",
        metavar="URL",
        help="Repository that jobs install cloudnative from; default: where this one came from.",
        show_default=False,
    ),
]
Commit = Annotated[
    str,
    typer.Option(
        "--commit",
        envvar="CLOUDNATIVE_COMMIT",
        metavar="ID",
        help="Commit of it that they install, 40 hex digits; default: that of this one.",
        show_default=False,
    ),
]
Characters = Annotated[
    int,
    typer.Option(
        "--characters",
        envvar="CLOUDNATIVE_CHARACTERS",
        min=2000,
        max=65000,
        help="Longest Markdown; GitHub takes 65536 characters a comment.",
    ),
]

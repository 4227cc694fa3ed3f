"""`cloudnative init`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cloudnative import present
from cloudnative.options import Cloud, Output, OutputOption

AuthorizedRanges = Annotated[
    list[str],
    typer.Option(
        "--authorized-ip-range",
        envvar="CLOUDNATIVE_AUTHORIZED_IP_RANGE",
        metavar="CIDR",
        help="Network that reaches the clusters' API servers; may be repeated.",
        show_default=False,
    ),
]
PrivateCluster = Annotated[
    bool,
    typer.Option(
        "--private-cluster",
        envvar="CLOUDNATIVE_PRIVATE_CLUSTER",
        help="API servers without a public address.",
    ),
]
AnyIp = Annotated[
    bool,
    typer.Option(
        "--allow-any-ip",
        envvar="CLOUDNATIVE_ALLOW_ANY_IP",
        help="API servers that the whole internet reaches, by signing in.",
    ),
]


def init(
    cloud: Cloud = "emulator",
    authorized_ip_range: AuthorizedRanges = [],  # noqa: B006 - typer's own default, never changed
    private_cluster: PrivateCluster = False,
    allow_any_ip: AnyIp = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make a project of a folder with a compose file. Lists what it writes, overwrites nothing.

    For Azure it asks who may reach the API servers, where no flag says so.
    """
    import sys
    from pathlib import Path

    from cloudnative.api_access import Access, decided
    from cloudnative.scaffold import check, plan, project_name, write
    from cloudnative.stores.azure_setup import steps
    from cloudnative.stores.names import state_names

    folder = Path.cwd()
    check(folder, cloud)  # before anything is asked
    access = decided(cloud, Access(authorized_ip_range, private_cluster, allow_any_ip))
    names = state_names(project_name(folder))
    files = plan(folder, cloud, names, access.lines)
    for name in files:
        sys.stderr.write(f"writes {name}\n")
    write(folder, files)
    next_steps = steps(names) if cloud == "azure" else ["cloudnative up dev"]
    present.result({"result": "succeeded", "files": list(files), "next": next_steps}, output, text)


def text(data: dict[str, Any]) -> str:
    """What to do next."""
    return "next:\n" + "".join(f"  {step}\n" for step in data["next"])

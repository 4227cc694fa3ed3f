"""`cloudnative kubeconfig ENV [REGION]`."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cloudnative import present
from cloudnative.options import Environment, Output, OutputOption, Token

Region = Annotated[
    str,
    typer.Argument(
        metavar="REGION",
        help="Azure region, as `cloudnative status` names it. Default: the only one.",
        show_default=False,
    ),
]


def kubeconfig(
    environment: Environment, region: Region = "", token: Token = False, output: OutputOption = Output.TEXT
) -> None:
    """Print a kubeconfig for one cluster. Yours is neither read nor changed."""
    from cloudnative.kubernetes import Access, access
    from cloudnative.look import look_at, region_of

    view = look_at(environment)
    found = region_of(view, region, kubeconfig=True)
    granted: Access = access(view.arm(), found["id"])
    if token:
        sys.stdout.write(json.dumps(_credential(granted.token)) + "\n")
        return
    present.result(
        _config(environment, found["name"], found["cluster"], granted.server, granted.ca), output, _yaml
    )


def _credential(token: str) -> dict[str, Any]:
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token, "expirationTimestamp": _soon()},
    }


def _soon() -> str:
    """kubectl asks again after ten minutes: tokens live an hour, and a revoked one should not linger."""
    from datetime import UTC, datetime, timedelta

    return (datetime.now(UTC) + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _config(environment: str, region: str, cluster: str, server: str, ca: str) -> dict[str, Any]:
    from cloudnative.project import Project
    from cloudnative_toolchain import folders

    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "sh",
        # kubectl runs it anywhere: the environment is found from the project's folder.
        "args": ["-c", 'cd "$0" && exec "$1" -m cloudnative kubeconfig "$2" "$3" --token',
                 str(Project.find(Path.cwd()).folder), sys.executable, environment, region],
        "env": [{"name": "CLOUDNATIVE_HOME", "value": str(folders.home())}],
        "interactiveMode": "Never",
    }  # fmt: skip
    authority = {"certificate-authority-data": base64.b64encode(ca.encode()).decode()} if ca else {}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster, "cluster": {"server": server, **authority}}],
        "users": [{"name": cluster, "user": {"exec": plugin}}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
        "current-context": cluster,
    }


def _yaml(data: dict[str, Any]) -> str:
    import io

    from ruamel.yaml import YAML

    stream = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.dump(data, stream)  # pyright: ignore[reportUnknownMemberType] - ruamel has no types
    return stream.getvalue()

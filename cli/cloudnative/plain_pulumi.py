"""The variables under which plain `pulumi` does what `cloudnative` does on the emulator."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

from cloudnative.emulator_link import running_endpoint
from cloudnative.runs.home import emulator_variables, make_passphrase
from cloudnative_toolchain import folders


def variables() -> dict[str, str]:
    """Backend, passphrase file, plugins, credentials and PATH; `cloudnative` itself needs none of it."""
    pulumi = folders.home() / "pulumi"
    for folder in (folders.home(), pulumi, pulumi / "state", pulumi / "home"):
        folder.mkdir(exist_ok=True, mode=0o700, parents=True)
    make_passphrase(pulumi / "passphrase")
    return {
        "PULUMI_BACKEND_URL": (pulumi / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(pulumi / "passphrase"),
        "PULUMI_HOME": str(pulumi / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        **emulator_variables(running_endpoint()),
        "PATH": f"{':'.join(_folders_of_programs())}:$PATH",
    }


def shell_lines(data: dict[str, Any]) -> str:
    """`export NAME=value` lines; $PATH stays for the shell."""
    lines = [f"export {name}={_quoted(name, str(value))}" for name, value in data.items()]
    return "\n".join(lines) + "\n"


def _quoted(name: str, value: str) -> str:
    if name != "PATH":
        return shlex.quote(value)
    kept = value.removesuffix("$PATH")
    return f'{shlex.quote(kept)}"$PATH"'


def _folders_of_programs() -> list[str]:
    """Where `pulumi-resource-cloudnative` and the engine are."""
    from cloudnative_toolchain.programs import program

    return list(dict.fromkeys([str(Path(sys.executable).parent), str(program("pulumi").parent)]))

"""The variables under which plain `pulumi` does what `cloudnative` does on the emulator."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

from cloudnative.emulator_link import running_endpoint
from cloudnative.machine import require_room
from cloudnative.project import Project
from cloudnative.runs.home import StackHome, make_passphrase
from cloudnative.runs.state import StackState, secrets_settings
from cloudnative.runs.variables import emulator_variables
from cloudnative_toolchain import folders


def variables(environment: str = "") -> dict[str, str]:
    """Backend, passphrase file, plugins, credentials and PATH; `cloudnative` itself needs none of it.

    `environment` says whose stack settings the engine uses; default: the project's only one on the emulator.
    """
    require_room()
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
        **_settings_file(environment),
        "PATH": f"{':'.join(_folders_of_programs())}:$PATH",
    }


def _settings_file(environment: str) -> dict[str, str]:
    """The engine keeps a salt in its stack settings: in our copy of them: no repository is written to.

    Empty outside of a project of ours and where several environments could be meant.
    """
    from cloudnative_components.config import load_environment

    if not environment and not any((folder / "Pulumi.yaml").is_file() for folder in _here_and_above()):
        return {}
    project = Project.find(Path.cwd())
    names = (
        [environment] if environment else [name for name in project.environments() if _ours(project, name)]
    )
    configs = [load_environment(project.environment_file(name)) for name in names]
    local = [config for config in configs if config.cloud == "emulator"]
    if len(local) != 1:
        _tell_to_choose([config.name for config in local])
        return {}
    home = StackHome(project.name, local[0].name, "emulator")
    home.prepare_for(local[0].other, secrets_settings(StackState.of(home).glimpse()))
    return {"PULUMI_OPTION_CONFIG_FILE": str(home.settings)}


def _tell_to_choose(names: list[str]) -> None:
    """Without a choice the engine writes its salt beside the settings that it is given, in the repository."""
    if names:
        choices = ", ".join(f"cloudnative emulator env {name}" for name in names)
        sys.stderr.write(
            f"several environments are on the emulator: say which, or Pulumi.<env>.yaml is "
            f"written to ({choices})\n"
        )


def _ours(project: Project, name: str) -> bool:
    """Stacks of somebody's own program, which may use our components, have settings without a key of ours."""
    return "cloudnative:" in project.environment_file(name).read_text("utf-8", errors="replace")


def _here_and_above() -> list[Path]:
    return [Path.cwd(), *Path.cwd().parents]


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

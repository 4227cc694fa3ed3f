"""The files of a new project."""

from __future__ import annotations

import re
from pathlib import Path

from cloudnative.stores.names import BLOB_URL, KEY_URL, StateNames, state_names
from cloudnative_toolchain.errors import ConfigError

COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
PROJECT = """name: {name}
description: Deployed by cloudnative
runtime: python
main: stacks/
stackConfigDir: stacks/
"""
ENVIRONMENT = """config:
  cloudnative:cloud: {cloud}
  cloudnative:profile: dev
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../{application}
"""


BACKEND = """backend:
  url: {url}
"""
KEY = """secretsprovider: {url}
"""


FILES = ("Pulumi.yaml", "stacks/__main__.py", "stacks/Pulumi.dev.yaml")


def check(folder: Path, cloud: str) -> None:
    """ConfigError when one of the files is there, no compose file is, or there is no such cloud."""
    if cloud not in ("emulator", "azure"):
        raise ConfigError(
            code="init.cloud", what=f"cloud {cloud!r}", why="allowed: emulator, azure", fix="cloudnative init"
        )
    _application(folder)
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        raise ConfigError(
            code="init.exists",
            what=f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already",
            why="init overwrites nothing",
            fix="cloudnative up dev",
        )


def plan(folder: Path, cloud: str, names: StateNames | None = None, access: str = "") -> dict[str, str]:
    """Path -> content of every file to write; `access` are the settings of who reaches the API servers."""
    check(folder, cloud)
    backend, key = _state(names or state_names(project_name(folder))) if cloud == "azure" else ("", "")
    contents = (
        PROJECT.format(name=project_name(folder)) + backend,
        program(),
        ENVIRONMENT.format(cloud=cloud, application=_application(folder)) + access + key,
    )
    return dict(zip(FILES, contents, strict=True))


def write(folder: Path, files: dict[str, str]) -> None:
    """Make the files; none of them is there yet."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("x") as file:
            file.write(content)


def program() -> str:
    """stacks/__main__.py of a new project."""
    return Path(__file__).with_name("program.py.txt").read_text()


def _application(folder: Path) -> str:
    for name in COMPOSE:
        if (folder / name).is_file():
            return name
    raise ConfigError(
        code="init.compose",
        what=f"no compose file in {folder}",
        why=f"looked for {', '.join(COMPOSE)}",
        fix="cd FOLDER_WITH_A_COMPOSE_FILE && cloudnative init",
    )


def _state(names: StateNames) -> tuple[str, str]:
    """Where the state lies and who encrypts its secrets, for Pulumi.yaml and the environment's file."""
    url = BLOB_URL.format(account=names.account)
    return BACKEND.format(url=url), KEY.format(url=KEY_URL.format(vault=names.vault))


def project_name(folder: Path) -> str:
    """A project name that also fits into Azure's names."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:20].strip("-")
    return name if name and name[0].isalpha() else f"app-{name}".strip("-")

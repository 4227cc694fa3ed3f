"""A user's project: the folder with Pulumi.yaml, its program and its environments."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode, Location

if TYPE_CHECKING:
    from cloudnative_components.config import EnvironmentConfig, Scalar

ENVIRONMENT_FILE = re.compile(r"^Pulumi\.(?P<name>[A-Za-z0-9_-]{1,60})\.ya?ml$")


@dataclass(frozen=True)
class Project:
    """Where things are; `name` is Pulumi's project name, `backend` the URL of its state in `file`."""

    name: str
    folder: Path
    program: Path
    settings: Path
    file: Path
    backend: Scalar | None = None

    @classmethod
    def find(cls, start: Path) -> Project:
        """The project of a folder: Pulumi.yaml there or above; ConfigError when there is none."""
        for folder in (start, *start.parents):
            for name in ("Pulumi.yaml", "Pulumi.yml"):
                if (folder / name).is_file():
                    return _read(folder / name)
        raise ConfigError(
            code="project.missing",
            what=f"no project in {start}",
            why="there is no Pulumi.yaml here or in a folder above",
            fix="cloudnative init",
        )

    def environments(self) -> list[str]:
        """Names of the environments that exist, sorted."""
        found = (ENVIRONMENT_FILE.match(path.name) for path in self.settings.glob("Pulumi.*"))
        return sorted(match["name"] for match in found if match)

    def environment_file(self, environment: str) -> Path:
        """The config of an environment; exit 6 naming those that exist when it is not one of them."""
        for suffix in ("yaml", "yml"):
            path = self.settings / f"Pulumi.{environment}.{suffix}"
            if ENVIRONMENT_FILE.match(path.name) and path.is_file():
                return path
        known = self.environments()
        raise CloudnativeError(
            code="environment.unknown",
            what=f"no environment {environment!r}",
            why=f"environments of {self.name} in {self.settings}: {', '.join(known) or 'none'}",
            fix=self._instead(environment, known),
            exit_code=ExitCode.NO_ENVIRONMENT,
        )

    def _instead(self, environment: str, known: list[str]) -> str:
        """The environment that was meant, else the way to make this one of another."""
        from difflib import get_close_matches

        if not known:
            return "cloudnative init"
        if near := get_close_matches(environment, known, n=1, cutoff=0.5):
            return f"cloudnative status {near[0]}"
        there = self.environment_file(known[0])
        wanted = f"Pulumi.{environment}{there.suffix}"
        if not ENVIRONMENT_FILE.match(wanted):
            return f"cloudnative status {known[0]}"
        old, new = (shlex.quote(os.path.relpath(path)) for path in (there, there.with_name(wanted)))
        return f"cp {old} {new} && ${{EDITOR:-vi}} {new}"


def _read(path: Path) -> Project:
    """The project that a Pulumi.yaml describes; the strict reader bounds what a file may cost."""
    from cloudnative_components.config import MappingNode, Scalar, child, load_yaml

    tree = load_yaml(path)
    entries = tree.entries if isinstance(tree, MappingNode) else {}
    values = {k: entry.value for k, entry in entries.items() if isinstance(entry.value, Scalar)}
    url = child(entries["backend"].value, "url") if "backend" in entries else None
    return _project(path, values, url if isinstance(url, Scalar) and url.text else None)


def _project(path: Path, values: dict[str, Scalar], backend: Scalar | None) -> Project:
    written = values.get("name")
    name = written.text if written else ""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,99}", name):
        raise ConfigError(
            code="project.name",
            what="no usable project name",
            why=f"`name` is {name!r}; a letter, then letters, digits, '-', '_' and '.' are allowed",
            fix=f"${{EDITOR:-vi}} {path}",
            location=written.location if written else Location(str(path), 1, 1),
        )
    main = _inside(path.parent, values.get("main"))
    program = main if main.suffix == ".py" else main / "__main__.py"
    settings = _inside(path.parent, values.get("stackConfigDir", values.get("config")))
    if not list(settings.glob("Pulumi.*.y*ml")) and (path.parent / "stacks").is_dir():
        settings = path.parent / "stacks"
    return Project(name, path.parent, program, settings, path, backend)


def _inside(folder: Path, relative: Scalar | None) -> Path:
    """A folder of the project; ConfigError when it lies outside."""
    if relative is None:
        return folder
    path = (folder / relative.text).resolve()
    if path.is_relative_to(folder.resolve()):
        return path
    raise ConfigError(
        code="project.outside",
        what=f"{relative.text} lies outside of the project",
        why=f"only what is in {folder} belongs to it",
        fix=f"${{EDITOR:-vi}} {relative.location.file}",
        location=relative.location,
    )


def require_files(config: EnvironmentConfig, file: Path) -> None:
    """The application's files are there; what stands in them is judged when they are read."""
    from cloudnative_components.config import load_yaml, locate

    missing = next((path for path in config.application if not path.exists()), None)
    if missing:
        raise ConfigError(
            code="config.application",
            what=f"the application {missing} is missing",
            why=f"cloudnative:application of {file.name} names it",
            fix=f"${{EDITOR:-vi}} {file}",
            location=locate(load_yaml(file), ("config", "cloudnative:application")),
        )

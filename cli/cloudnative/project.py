"""A user's project: the folder with Pulumi.yaml, its program and its environments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode, Location

ENVIRONMENT_FILE = re.compile(r"^Pulumi\.(?P<name>[A-Za-z0-9_-]{1,60})\.ya?ml$")


@dataclass(frozen=True)
class Project:
    """Where things are; `name` is Pulumi's project name."""

    name: str
    folder: Path
    program: Path
    settings: Path

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
            fix=f"cloudnative up {known[0]}" if known else "cloudnative init",
            exit_code=ExitCode.NO_ENVIRONMENT,
        )


def _read(path: Path) -> Project:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        content: Any = YAML(typ="safe", pure=True).load(path)  # pyright: ignore[reportUnknownMemberType]
    except MarkedYAMLError as error:
        fault: Any = error
        mark = fault.problem_mark
        place = Location(str(path), mark.line + 1, mark.column + 1) if mark else Location(str(path))
        raise _not_yaml(path, str(fault.problem), place) from error
    except (YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise _not_yaml(path, str(error).splitlines()[0], Location(str(path))) from error
    return _project(path, content)


def _not_yaml(path: Path, why: str, place: Location) -> ConfigError:
    return ConfigError(
        code="project.yaml", what="not a YAML file", why=why, fix=f"${{EDITOR:-vi}} {path}", location=place
    )


def _project(path: Path, content: object) -> Project:
    fields: dict[str, Any] = content if isinstance(content, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    name = fields.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", name):
        raise ConfigError(
            code="project.name",
            what="no usable project name",
            why=f"`name` is {name!r}; letters, digits, '-', '_' and '.' are allowed",
            fix=f"${{EDITOR:-vi}} {path}",
            location=Location(str(path)),
        )
    main = _inside(path.parent, str(fields.get("main") or "."))
    program = main if main.suffix == ".py" else main / "__main__.py"
    settings = _inside(path.parent, str(fields.get("stackConfigDir") or fields.get("config") or "."))
    if not list(settings.glob("Pulumi.*.y*ml")) and (path.parent / "stacks").is_dir():
        settings = path.parent / "stacks"
    return Project(name=name, folder=path.parent, program=program, settings=settings)


def _inside(folder: Path, relative: str) -> Path:
    path = (folder / relative).resolve()
    return path if path.is_relative_to(folder.resolve()) else folder

"""What can be said of a project without asking a cloud: on every pull request, a fork's too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from cloudnative.project import Project
    from cloudnative_components.application import Application
    from cloudnative_components.config import EnvironmentConfig


def problems(project: Project) -> list[CloudnativeError]:
    """Every environment whose config or application cannot be read, in the order of their names."""
    return [problem for name in project.environments() if (problem := _problem(project, name))]


def read(project: Project, environment: str) -> tuple[EnvironmentConfig, Application]:
    """An environment's config and application; what renders it is installed where it is missing."""
    from cloudnative.project import require_files
    from cloudnative_components.application import load, programs_for
    from cloudnative_components.config import load_environment
    from cloudnative_toolchain.programs import ensure

    file = project.environment_file(environment)
    config = load_environment(file)
    require_files(config, file)
    ensure(programs_for(config.application), _told)
    return config, load(config.application, environment=config)


def _problem(project: Project, environment: str) -> CloudnativeError | None:
    try:
        read(project, environment)
    except CloudnativeError as problem:
        return problem
    return None


def _told(line: str) -> None:
    sys.stderr.write(f"{line}\n")

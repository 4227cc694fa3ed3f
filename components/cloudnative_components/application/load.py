"""The one way in: a compose file, several, or a folder of manifests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudnative_toolchain.errors import ConfigError, Location

from ..config import EnvironmentConfig
from .compose import from_compose
from .compose_parser import parse_compose
from .manifests import from_manifests
from .model import Application
from .named_services import check_named
from .places import DOCS

_COMPOSE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


def load(
    path: Path | str | Sequence[Path | str],
    *,
    environment: EnvironmentConfig,
    profiles: Sequence[str] = (),
    replicas: Mapping[str, int] | None = None,
) -> Application:
    """The application that files describe.

    `path` is a compose file (or its folder), several compose files, later ones overriding, or a folder of
    manifests. `profiles` and `replicas` default to the environment's.
    """
    given = [path] if isinstance(path, str | Path) else list(path)
    paths = [Path(item).resolve() for item in given]
    for item in paths:
        _there(item)
    if len(paths) == 1 and paths[0].is_dir():
        compose = [paths[0] / name for name in _COMPOSE_NAMES if (paths[0] / name).is_file()][:1]
        if not compose:
            return check_named(from_manifests(paths[0], environment, root=repository(paths[0])), environment)
        paths = compose
    project = parse_compose(paths, profiles or environment.compose_profiles)
    counts = environment.replicas if replicas is None else replicas
    return check_named(from_compose(project, environment, counts, repository(paths[0].parent)), environment)


def repository(folder: Path) -> Path:
    """The repository that a folder lies in, else the Pulumi project, else the folder itself."""
    around = (folder, *folder.parents)
    marked = [above for mark in (".git", "Pulumi.yaml") for above in around if (above / mark).exists()]
    return next(iter(marked), folder)


def _there(path: Path) -> None:
    if path.exists():
        return
    near = next(above for above in path.parents if above.is_dir())
    missing = path.relative_to(near)
    raise ConfigError(
        code="application.missing",
        what=f"there is no application at {path}",
        why=f"{near} has no {missing}",
        fix=f"ls {near}  # then correct `cloudnative:application` in stacks/",
        location=Location(str(path)),
        docs=DOCS,
    )

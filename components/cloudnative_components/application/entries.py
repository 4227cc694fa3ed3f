"""Which renderer each entry of `cloudnative:application` is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudnative_toolchain.errors import ConfigError, Location

from .model import Renderer
from .places import DOCS

COMPOSE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
CHART_NAMES = ("Chart.yaml",)
_MARKS: tuple[tuple[Renderer, tuple[str, ...]], ...] = (
    ("compose", COMPOSE_NAMES),
    ("kustomize", KUSTOMIZATION_NAMES),
    ("helm", CHART_NAMES),
)
_PROGRAMS: Mapping[Renderer, str] = {"compose": "compose-config", "kustomize": "kustomize", "helm": "helm"}


@dataclass(frozen=True)
class Entry:
    """What one renderer gets: all compose files together, or one folder or chart."""

    renderer: Renderer
    paths: tuple[Path, ...]

    @property
    def path(self) -> Path:
        """What the entry is called by."""
        return self.paths[0]


def entries_of(given: Sequence[Path | str]) -> list[Entry]:
    """The entries in their order; compose files are one, in the place of the first of them."""
    found: list[Entry] = []
    for path in (Path(item).resolve() for item in given):
        _there(path)
        entry = _entry(path)
        if entry in found:
            raise _twice(path)
        compose = next((each for each in found if each.renderer == entry.renderer == "compose"), None)
        if compose:
            found[found.index(compose)] = Entry("compose", compose.paths + entry.paths)
        else:
            found.append(entry)
    return found


def programs_for(given: Sequence[Path | str]) -> list[str]:
    """The outside programs that the application's files need; those that are not there need none."""
    there = [path for path in map(Path, given) if path.exists()]
    renderers = {entry.renderer for entry in entries_of(there)}
    return sorted(program for renderer, program in _PROGRAMS.items() if renderer in renderers)


def _entry(path: Path) -> Entry:
    if path.is_dir():
        marks: list[tuple[Renderer, str]] = [
            (r, name) for r, names in _MARKS for name in names if (path / name).is_file()
        ]
        if len({renderer for renderer, _ in marks}) > 1:
            raise _ambiguous(path, [name for _, name in marks])
        if not marks:
            return Entry("manifests", (path,))
        renderer, name = marks[0]
        return Entry(renderer, (path / name if renderer == "compose" else path,))
    if path.name in KUSTOMIZATION_NAMES + CHART_NAMES:
        return Entry("helm" if path.name in CHART_NAMES else "kustomize", (path.parent,))
    return Entry("helm" if path.suffix == ".tgz" else "compose", (path,))


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


def _ambiguous(folder: Path, names: Sequence[str]) -> ConfigError:
    return ConfigError(
        code="application.ambiguous",
        what=f"{folder} can be read in several ways",
        why=f"it has {' and '.join(names)}",
        fix=f"name the file that is meant under `cloudnative:application`, such as {folder / names[0]}",
        location=Location(str(folder)),
        docs=DOCS,
    )


def _twice(path: Path) -> ConfigError:
    return ConfigError(
        code="application.twice",
        what=f"{path} is in `cloudnative:application` twice",
        why="it would be rendered twice",
        fix="keep one of the two entries",
        location=Location(str(path)),
        docs=DOCS,
    )

"""A folder with a `kustomization.yaml`, rendered by kustomize itself."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudnative_toolchain.errors import ConfigError, Location
from cloudnative_toolchain.programs import program

from ..config import Dialect, Node, Scalar, child, load_yaml, locate, walk
from .entries import KUSTOMIZATION_NAMES
from .manifest_files import Manifest, rendered
from .outside import Said, quiet_environment, run
from .places import DOCS

_FOLDERS = ("resources", "components", "bases")
_REMOTE = re.compile(r"://|^git@|^git::|^github\.com[/:]|[?&](ref|version)=")
_HELM = ("helmCharts", "helmChartInflationGenerator", "helmGlobals")


@dataclass(frozen=True)
class Kustomize:
    """The program, which sees nothing of the user's but the folder."""

    path: Path

    def build(self, folder: Path) -> Said:
        """What it makes of a folder, which may read only what lies in it or in bases that it names."""
        with tempfile.TemporaryDirectory(prefix="cloudnative-") as private:
            command = [self.path, "build", "--load-restrictor=LoadRestrictionsRootOnly", folder]
            return run(command, quiet_environment(Path(private)), about=folder)


def render(folder: Path) -> list[Manifest]:
    """The objects of a kustomization."""
    file = kustomization(folder)
    trees = dict(_trees(folder))
    for path, tree in trees.items():
        _refuse_what_is_elsewhere(path.parent, tree)
    said = Kustomize(program("kustomize")).build(folder)
    if said.code:
        raise explain(said.err, file, trees)
    found = rendered(said.out, "kustomize", Location(str(file)))
    if not found:
        raise _error(
            "kustomize.nothing", f"{folder} makes nothing", "no resource is named", Location(str(file))
        )
    return found


def kustomization(folder: Path) -> Path:
    """The file that makes a folder one of kustomize's."""
    return next(folder / name for name in KUSTOMIZATION_NAMES if (folder / name).is_file())


def explain(message: str, file: Path, trees: dict[Path, Node]) -> ConfigError:
    """A ConfigError from kustomize's sentence, which names files but not where they are named."""
    text = message.strip().removeprefix("Error: ")
    why = text.splitlines()[-1] if "\n" in text else text
    return _error("kustomize.build", f"kustomize cannot build {file.parent}", why, _place(text, file, trees))


def _place(message: str, file: Path, trees: dict[Path, Node]) -> Location:
    """The longest value of the files that the message quotes, else the key that it does not know."""
    quoted = [
        (len(node.text), tree_file == file, node.location)
        for tree_file, tree in trees.items()
        for _, node in walk(tree)
        if isinstance(node, Scalar) and len(node.text) > 2 and node.text.removeprefix("./") in message
    ]
    if quoted:
        return max(quoted, key=lambda found: found[:2])[2]
    if unknown := re.search(r'unknown field "([^"]+)"', message):
        for tree in trees.values():
            if child(tree, unknown[1]) is not None:
                return locate(tree, (unknown[1],))
    return Location(str(file))


def _trees(folder: Path, seen: frozenset[Path] = frozenset()) -> Iterator[tuple[Path, Node]]:
    """Every kustomization that a folder leads to, itself first."""
    if folder in seen or not any((folder / name).is_file() for name in KUSTOMIZATION_NAMES):
        return
    file = kustomization(folder)
    tree = load_yaml(file, dialect=Dialect.KUBERNETES)
    yield file, tree
    for value in _named(tree):
        below = (folder / value.text).resolve()
        if below.is_dir():
            yield from _trees(below, seen | {folder})


def _named(tree: Node) -> Iterator[Scalar]:
    for key in _FOLDERS:
        for _, node in walk(child(tree, key) or Scalar("", "null", tree.location)):
            if isinstance(node, Scalar) and node.text:
                yield node


def _refuse_what_is_elsewhere(folder: Path, tree: Node) -> None:
    for value in _named(tree):
        if _REMOTE.search(value.text) and not (folder / value.text).exists():
            raise _error(
                "kustomize.remote",
                f"{value.text} is not in this repository",
                "kustomize runs without network here, so that the same source makes the same release",
                value.location,
                fix=f"kustomize localize {folder}  # copies what is elsewhere; name that folder instead",
            )
    for key in _HELM:
        if child(tree, key) is not None:
            raise _error(
                "kustomize.helm",
                f"kustomize does not render charts here ({key})",
                "it would start a helm of the user's, which reads the network",
                locate(tree, (key,)),
                fix="name the chart's folder under `cloudnative:application`, beside this one",
            )


def _error(code: str, what: str, why: str, place: Location, *, fix: str = "") -> ConfigError:
    fix = fix or f"${{EDITOR:-vi}} {place.file}"
    return ConfigError(code=code, what=what, why=why, fix=fix, location=place, docs=DOCS)

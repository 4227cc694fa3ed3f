"""A Helm chart on disk: its name, its templates, and what in them a rendering without a cluster cannot do."""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cloudnative_toolchain.errors import ConfigError, Location

from ..config import Node, Scalar, child, locate, parse
from ..config.nodes import PathPart
from .names import object_name
from .places import DOCS

_COMMENT = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_LOOKUP = re.compile(r"(?<![.\w$\"])lookup\s+[\"(.$]")
_CLOCK = re.compile(r"(?<![.\w$\"-])(now|ago)\b")
_CHANGING = re.compile(
    r"(?<![.\w$\"-])(rand\w+|uuidv4|gen(CA|PrivateKey|SelfSignedCert|SignedCert)\w*|htpasswd|bcrypt|encryptAES"
    r"|shuffle|now|ago)\b"
)
_MOST = 4 * 1024 * 1024  # bytes of one file of a packed chart


@dataclass(frozen=True)
class Chart:
    """A chart: a folder or a `.tgz`; `tree` is its Chart.yaml."""

    path: Path
    name: str
    tree: Node

    @property
    def release_name(self) -> str:
        """What a release of it is called unless somebody says otherwise."""
        return object_name(self.name)

    def place(self, *path: PathPart) -> Location:
        """Where Chart.yaml says something."""
        return locate(self.tree, path)

    def file(self, source: str) -> Location:
        """The user's file of a template as Helm calls it (`shop/charts/db/templates/a.yaml`)."""
        below = source.partition("/")[2]
        return Location(str(self.path / below if self.path.is_dir() else self.path))


@dataclass(frozen=True)
class Template:
    """A file under `templates` of a chart or of one of its dependencies."""

    where: str
    text: str

    def changing(self) -> bool:
        """Whether a function in it gives something else each time."""
        return any(_CHANGING.search(action[0]) for action in _ACTION.finditer(self.text))

    def clock(self) -> bool:
        """Whether what it gives depends on the time."""
        return any(_CLOCK.search(action[0]) for action in _ACTION.finditer(self.text))

    def lookups(self) -> Iterator[str]:
        """The places at which it asks a cluster."""
        for action in _ACTION.finditer(self.text):
            for found in _LOOKUP.finditer(action[0]):
                line = self.text.count("\n", 0, action.start() + found.start()) + 1
                yield f"{self.where}:{line}"


def read_chart(path: Path) -> Chart:
    """The chart of a folder or of a packed one; only its Chart.yaml is read."""
    file, text = _chart_yaml(path)
    tree = next(iter(parse(text, str(file))), None)
    name = child(tree, "name") if tree else None
    if tree is None or not isinstance(name, Scalar) or not name.text:
        raise _error("the chart has no name", Location(str(file), 1, 1), "write `name: my-chart`")
    kind = child(tree, "type")
    if isinstance(kind, Scalar) and kind.text == "library":
        fix = "name a chart that uses it under `cloudnative:application`"
        raise _error("a library chart makes nothing by itself", locate(tree, ("type",)), fix)
    return Chart(path, name.text, tree)


def templates(path: Path) -> Iterator[Template]:
    """The templates of a chart and of the dependencies in its `charts` folder, comments taken out."""
    files = _packed(path) if path.is_file() else _unpacked(path)
    for where, text in files:
        yield Template(where, _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text))


def _unpacked(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted((folder / "templates").rglob("*")):
        if file.is_file() and not file.is_symlink():
            yield str(file), file.read_text(errors="replace")
    for below in sorted((folder / "charts").glob("*")):
        if below.is_dir():
            yield from _unpacked(below)
        elif below.suffix == ".tgz":
            yield from _packed(below)


def _packed(archive: Path) -> Iterator[tuple[str, str]]:
    for member, text in _members(archive):
        if "templates" in PurePosixPath(member).parts:
            yield f"{archive}/{member}", text


def _members(archive: Path) -> Iterator[tuple[str, str]]:
    try:
        with tarfile.open(archive) as content:
            for member in content:
                file = content.extractfile(member) if member.isfile() and member.size <= _MOST else None
                if file:
                    yield member.name, file.read().decode(errors="replace")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise _error(str(error), Location(str(archive)), f"tar -tzf {archive}") from error


def _chart_yaml(path: Path) -> tuple[Path, str]:
    if path.is_dir():
        return path / "Chart.yaml", (path / "Chart.yaml").read_text(errors="replace")
    for name, text in _members(path):
        parts = PurePosixPath(name).parts
        if len(parts) == 2 and parts[1] == "Chart.yaml":
            return path, text
    raise _error("it holds no Chart.yaml", Location(str(path)), f"tar -tzf {path}")


def _error(why: str, place: Location, fix: str) -> ConfigError:
    what = f"{place.file} is no chart that can be released"
    return ConfigError(code="helm.chart", what=what, why=why, fix=fix, location=place, docs=DOCS)

"""Where in the user's files a setting stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloudnative_toolchain.errors import ConfigError, Location

from ..config import Node, child, locate
from ..config.nodes import PathPart

DOCS = "docs/application.md"


@dataclass(frozen=True)
class Places:
    """The trees of all files that make one application, in the order given."""

    trees: tuple[Node, ...]

    def at(self, *path: PathPart) -> Location:
        """The place of the deepest part of `path` that any file has; later files win, as they override."""
        best = max(reversed(self.trees), key=lambda tree: _depth(tree, path))
        return locate(best, path)

    def error(
        self, code: str, path: Sequence[PathPart], *, why: str, fix: str, docs: str = DOCS
    ) -> ConfigError:
        """A ConfigError about the setting at `path`."""
        return ConfigError(
            code=code,
            what=f"{dotted(path)} is not valid",
            why=why,
            fix=fix,
            docs=docs,
            location=self.at(*path),
        )


def dotted(path: Sequence[PathPart]) -> str:
    """`services.web.ports[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _depth(tree: Node, path: Sequence[PathPart]) -> int:
    depth = 0
    node: Node | None = tree
    for part in path:
        node = child(node, part)
        if node is None:
            break
        depth += 1
    return depth

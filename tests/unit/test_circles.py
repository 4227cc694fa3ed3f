"""No module of ours imports itself in a circle, not even inside a function; for types only, it may."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from tests.unit.test_readme import PACKAGES, ROOT


def modules(package: str) -> dict[str, Path]:
    """Every module of the package in a folder, by its name."""
    found: dict[str, Path] = {}
    for file in (ROOT / package).glob("cloudnative*/**/*.py"):
        parts = file.relative_to(ROOT / package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(module: str, file: Path, known: Collection[str]) -> Iterator[str]:
    """What a module imports when it runs: of a package's modules the one that is named, not the package."""
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    for node in running(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            names = {f"{source}.{alias.name}" for alias in node.names}
            yield from {name if name in known else source for name in names}


def running(block: Any) -> Iterator[ast.stmt]:
    """Every statement, however deep, but those under `if TYPE_CHECKING`; imports are nowhere else."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(block, part, ()):
            if not (isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test)):
                yield statement
                yield from running(statement)


def graph(known: dict[str, Path]) -> dict[str, set[str]]:
    """Module -> modules; a package that hands out what its own modules have is no part of them."""
    edges = {name: set(imported(name, file, known)) & known.keys() - {name} for name, file in known.items()}
    return {
        name: {other for other in others if not name.startswith(f"{other}.")}
        for name, others in edges.items()
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_in_a_circle(package: str) -> None:
    try:
        TopologicalSorter(graph(modules(package))).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_circle_through_a_function_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    from p import b\n")
    (tmp_path / "b.py").write_text("import p.a\n")
    with pytest.raises(CycleError):
        TopologicalSorter(graph({"p.a": tmp_path / "a.py", "p.b": tmp_path / "b.py"})).prepare()

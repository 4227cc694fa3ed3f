"""Every way out that an error proposes can be pasted: of command, emulator, provider and toolchain.

Errors in the user's own files are no commands: they name the place and say what to write there.
"""

from __future__ import annotations

import ast
import shlex
import subprocess
from collections.abc import Iterator

import pytest
from tests.unit.test_readme import ROOT, filled

PACKAGES = ["cli", "emulator", "provider", "toolchain"]
PROGRAMS = {
    "${EDITOR:-vi}",
    "az",
    "cat",
    "cd",
    "cloudnative",
    "cp",
    "curl",
    "df",
    "docker",
    "echo",
    "env",
    "export",
    "git",
    "kubectl",
    "mv",
    "printf",
    "rm",
    "sed",
    "sudo",
    "tail",
    "unset",
}
NAMES = ("CloudnativeError", "ConfigError")
WITHOUT = {"consent.refused", "run.interrupted"}  # the user's own word; nothing has to be mended


def errors(package: str) -> Iterator[tuple[str, dict[str, ast.expr]]]:
    """Every error that a package makes: its place, and what it is given by name."""
    for file in sorted((ROOT / package).rglob("*.py")):
        source = file.read_text()
        for node in ast.walk(ast.parse(source)) if any(f"{name}(" in source for name in NAMES) else ():
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in NAMES:
                given = {one.arg: one.value for one in getattr(node, "keywords", []) if one.arg}
                yield f"{file.relative_to(ROOT)}:{called.lineno}", given


def texts(node: ast.AST) -> Iterator[str]:
    """The texts that an expression may turn out as."""
    if text := filled(node):
        yield text
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))


ERRORS = [found for package in PACKAGES for found in errors(package)]
OF_THE_COMMAND = [(place, given) for place, given in ERRORS if place.startswith("cli/")]
FIXES = [(place, text) for place, given in ERRORS if "fix" in given for text in texts(given["fix"])]


def test_fixes_are_found_in_the_code() -> None:
    assert len(FIXES) > 40


@pytest.mark.parametrize(("place", "fix"), FIXES)
def test_a_fix_begins_with_a_program(place: str, fix: str) -> None:
    words = [word for word in shlex.split(fix, comments=True) if "=" not in word.split("/")[0]]
    assert words[0] in PROGRAMS, place


def test_every_fix_is_what_a_shell_understands() -> None:
    script = "\n".join(fix for _, fix in FIXES)
    read = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
    assert read.stderr == ""


@pytest.mark.parametrize("place_given", OF_THE_COMMAND, ids=lambda found: found[0])
def test_every_error_of_the_command_has_a_fix(place_given: tuple[str, dict[str, ast.expr]]) -> None:
    _, given = place_given
    assert "fix" in given or filled(given["code"]) in WITHOUT

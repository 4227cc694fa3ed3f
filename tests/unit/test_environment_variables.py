"""One page lists every environment variable that the code reads, and no other."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.unit.test_readme import COMMAND, PACKAGES, ROOT

from cloudnative.runs.variables import REDIRECTING

PAGE = ROOT / "docs/environment-variables.md"
# Read for what a machine is like, not as a setting of ours.
OF_THE_MACHINE = {"PATH"}
READ = re.compile(
    r"""environ(?:\.get\(|\[)\s*["'](\w+)["']|["'](\w+)["'] (?:not )?in os\.environ"""
    r"""|_folder\("(\w+)", "(\w+)\""""
)


def flag_table() -> str:
    """A row for each variable of a flag: the flag, and what its help says."""
    rows: dict[str, tuple[str, str]] = {}
    below = [each for verb in COMMAND.commands.values() for each in getattr(verb, "commands", {}).values()]
    for command in [COMMAND, *COMMAND.commands.values(), *below]:
        for option in command.params:
            if option.param_type_name == "option" and option.envvar:
                rows.setdefault(option.envvar, (max(option.opts, key=len), option.help))
    lines = [f"| `{name}` | `{flag}` | {text} |" for name, (flag, text) in sorted(rows.items())]
    return "\n".join(["| variable | flag | says |", "|---|---|---|", *lines]) + "\n"


def read_by_the_code() -> set[str]:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    found = {name for file in files for match in READ.findall(file.read_text()) for name in match if name}
    return found | set(REDIRECTING)


def listed() -> set[str]:
    return set(re.findall(r"`\$?([A-Z][A-Z0-9]*_[A-Z0-9_]+|TERM)\b", PAGE.read_text()))


def test_the_flags_of_the_page_are_those_of_the_command() -> None:
    """After a wanted change: python -m tests.unit.test_environment_variables prints the table."""
    assert flag_table() in PAGE.read_text()


def test_every_variable_that_the_code_reads_is_on_the_page() -> None:
    assert read_by_the_code() - OF_THE_MACHINE - listed() == set()


def test_every_variable_of_ours_on_the_page_is_known_to_the_code() -> None:
    sources = "".join(
        file.read_text()
        for folder in [*PACKAGES, "tests"]
        for file in (ROOT / folder).rglob("*.py")
        if file != Path(__file__)
    )

    assert {name for name in listed() if name not in sources} == set()


if __name__ == "__main__":
    sys.stdout.write(flag_table())

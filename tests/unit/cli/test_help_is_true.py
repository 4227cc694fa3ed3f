"""What `--help` says is so: names in it exist, choices are taken, README tells the same."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

import pytest
import typer
from tests.acceptance.readme import README, blocks, commands
from tests.unit.cli.test_flags import ALL, options

from cloudnative.app import run
from cloudnative_toolchain.errors import ExitCode

WORDS = {"all"}  # what the help quotes beside verbs and flags: values of flags
FLAGS = {flag for command in ALL.values() for option in options(command) for flag in option.opts}
VERBS = {path.removeprefix("cloudnative ") for path in ALL} | {path.rsplit(" ", 1)[-1] for path in ALL}


def texts() -> dict[str, str]:
    """Everything that the help says, by where."""
    found = {path: f"{command.help} {command.epilog or ''}" for path, command in ALL.items()}
    for path, command in ALL.items():
        found |= {f"{path} {one.name}": one.help or "" for one in command.params if hasattr(one, "help")}
    return found


@pytest.mark.parametrize(("where", "text"), sorted(texts().items()))
def test_what_the_help_quotes_exists(where: str, text: str) -> None:
    quoted = [word.removeprefix("cloudnative ") for word in re.findall(r"`([^`]+)`", text)]
    flags = re.findall(r"(?<![\w-])--[a-z][a-z-]+", text.partition("gh api")[0])  # not those of others

    assert [word for word in quoted if word.split(" ENV")[0] not in VERBS | FLAGS | WORDS] == []
    assert [flag for flag in flags if flag not in FLAGS] == []


def test_the_first_steps_are_those_of_readme() -> None:
    epilog = str(ALL["cloudnative"].epilog)
    steps = [step.strip() for step in epilog.split(":")[1].rstrip(".").split(",")]

    assert [f"cloudnative {step}" for step in steps] == blocks()[1][1:]


def test_readme_shows_every_verb_that_help_lists() -> None:
    shown = {" ".join(one.split()[1:3]) for one in commands() if one.startswith("cloudnative ")}
    verbs = {path.removeprefix("cloudnative ") for path, one in ALL.items() if not hasattr(one, "commands")}

    assert [
        verb for verb in sorted(verbs) if not any(f"{one} ".startswith(f"{verb} ") for one in shown)
    ] == []


def test_the_exit_codes_of_readme_are_those_of_the_command() -> None:
    sentence = README.split("Exit codes: ")[1].split(". ")[0]
    told = {int(code) for code in re.findall(r"(?:^|,)\s*(\d+) ", sentence)}

    assert told == {int(code) for code in ExitCode}


def shown(path: str) -> str:
    """The help of a verb, in lines long enough for every option."""
    command = ALL[path]
    return command.get_help(typer.Context(command, info_name=path, max_content_width=400, terminal_width=400))


OPTIONS = [
    pytest.param(path, option, id=f"{path} {option.name}")
    for path, command in ALL.items()
    for option in options(command)
]


@pytest.mark.parametrize(("path", "option"), OPTIONS)
def test_the_help_of_an_option_names_its_choices_and_its_default(path: str, option: Any) -> None:
    kind = option.bare_type
    choices = [one.value for one in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []
    default = getattr(option.default, "value", option.default)
    told = [] if default in (None, False, "", (), []) else [str(default)]

    assert [word for word in choices + told if word not in shown(path)] == []


def test_a_verb_without_its_environment_is_told_which_argument_is_missing() -> None:
    needing = [
        path
        for path, command in ALL.items()
        if any(p.name == "environment" and p.required for p in command.params)
    ]

    for path in needing:
        assert run(path.split()[1:]) == int(ExitCode.USAGE), path

"""Every flag in one table: its variable, and what the help says; nothing heavy is imported for it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from cloudnative.app import app

HELP = Path(__file__).with_name("help.txt")
HEAVY = ("pulumi", "azure", "aiohttp", "httpx", "pydantic", "ruamel", "rich", "grpc")


def commands(command: Any, path: str = "cloudnative") -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, f"{path} {name}")


ALL = dict(commands(typer.main.get_command(app)))


def options(command: Any) -> list[Any]:
    return [p for p in command.params if p.param_type_name == "option" and p.name != "help"]


def test_every_flag_has_its_variable() -> None:
    wrong = [
        (path, option.opts[0], option.envvar)
        for path, command in ALL.items()
        for option in options(command)
        if option.envvar
        != "CLOUDNATIVE_" + max(option.opts, key=len).removeprefix("--").upper().replace("-", "_")
    ]
    assert wrong == []


def test_every_verb_prints_json_when_asked() -> None:
    verbs = {path: command for path, command in ALL.items() if not hasattr(command, "commands")}
    without = [path for path, verb in verbs.items() if "output" not in [o.name for o in options(verb)]]
    assert without == ["cloudnative emulator logs"]


def test_every_flag_and_verb_has_help() -> None:
    assert [path for path, command in ALL.items() if not command.help] == []
    assert [(path, o.opts) for path, command in ALL.items() for o in options(command) if not o.help] == []


def help_text() -> str:
    """The help of every verb, as one text of 100 columns."""
    texts: list[str] = []
    for path, command in ALL.items():
        context = typer.Context(
            command, info_name=path.rsplit(" ", 1)[-1], max_content_width=100, terminal_width=100
        )
        texts.append(f"$ {path} --help\n{command.get_help(context)}\n")
    return "\n".join(texts)


def test_the_help_is_the_one_that_was_reviewed() -> None:
    """After a wanted change: python -m tests.unit.cli.test_flags, into help.txt."""
    assert help_text().strip() == HELP.read_text().strip()


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys, cloudnative.app; print([m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


if __name__ == "__main__":
    sys.stdout.write(help_text())

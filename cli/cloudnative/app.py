"""The command: verbs, and the one place where errors become text and an exit code."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

import typer
import typer.main
from typer._click.exceptions import (  # pyright: ignore[reportPrivateUsage] - Typer re-exports no base
    ClickException,
    NoArgsIsHelpError,
)

from cloudnative import present
from cloudnative.commands import (
    deploy,
    doctor,
    down,
    drift,
    emulator,
    graph,
    history,
    init,
    kubeconfig,
    logs,
    metrics,
    pipeline,
    preview,
    promote,
    purge,
    regions,
    rollback,
    schema,
    status,
    trail,
    unlock,
    up,
)
from cloudnative.options import Debug
from cloudnative.pipeline.job_token import signed_in
from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode
from cloudnative_toolchain.ownership import stays_its_owners

app = typer.Typer(
    name="cloudnative",
    help="From a folder of containers to a running, observed system on Azure and AKS, or on this machine.",
    epilog="First steps, in a folder with a compose file: init, up dev, logs dev -f, down dev.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
for verb in (
    up,
    preview,
    deploy,
    status,
    history,
    rollback,
    promote,
    purge,
    logs,
    metrics,
    graph,
    trail,
    down,
    unlock,
    kubeconfig,
    drift,
    doctor,
    init,
    regions,
    schema,
):
    name = verb.__name__.rpartition(".")[2]
    app.command(name)(getattr(verb, name))
app.add_typer(emulator.app, name="emulator")
app.add_typer(pipeline.app, name="pipeline")


def _version(show: bool) -> None:
    if show:
        from importlib.metadata import version

        typer.echo(version("cloudnative"))
        raise typer.Exit


@app.callback()
def options(
    debug: Debug = False,
    version: Annotated[  # noqa: ARG001 - Typer calls back
        bool,
        typer.Option(
            "--version",
            envvar="CLOUDNATIVE_VERSION",
            callback=_version,
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    if debug:
        os.environ["CLOUDNATIVE_DEBUG"] = "1"


@cache
def _whole() -> Any:
    """What Typer makes of it, once in a process."""
    return typer.main.get_command(app)


def main() -> None:
    """The console script; a thread that still waits for a log never keeps the process from its end."""
    code = run(sys.argv[1:])
    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one verb; its exit code. Every error ends here."""
    output = _output_of(arguments)
    try:
        with stays_its_owners(folders.home(), leaving="emulator"), signed_in():
            code = _whole()(list(arguments), standalone_mode=False)
    except CloudnativeError as error:
        _debug()
        return present.error(error, output)
    except ClickException as error:
        return _misused(error, arguments, output)
    except (KeyboardInterrupt, typer.Abort):
        return present.error(present.interrupted(), output)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the boundary: a traceback is a bug, and this says so
        _debug()
        return present.error(present.unexpected(error), output)
    return code if isinstance(code, int) else 0


def _debug() -> None:
    if os.environ.get("CLOUDNATIVE_DEBUG") not in (None, "", "0"):
        traceback.print_exc()


def _misused(error: ClickException, arguments: Sequence[str], output: str) -> int:
    """No words at all ask for help; everything else is an error."""
    if isinstance(error, NoArgsIsHelpError):
        sys.stderr.write(error.format_message() + "\n")
        return int(ExitCode.USAGE)
    return present.error(_usage(error, arguments), output)


def _usage(error: ClickException, arguments: Sequence[str]) -> ConfigError:
    verb = _verb(arguments)
    return ConfigError(
        code="usage",
        what=f"cloudnative {verb}".strip(),
        why=error.format_message().replace("Value error, ", ""),
        fix=f"cloudnative {verb} --help".replace("  ", " "),
    )


def _verb(arguments: Sequence[str]) -> str:
    """The words at the beginning that name a command, with those of a group: `pipeline init`."""
    command = _whole()
    known: list[str] = []
    for word in (each for each in arguments if not each.startswith("-")):
        if word not in getattr(command, "commands", ()):
            break
        command = command.commands[word]
        known.append(word)
    return " ".join(known)


def _output_of(arguments: Sequence[str]) -> str:
    """What --output says, also where the arguments are wrong and nothing was parsed."""
    for position, argument in enumerate(arguments):
        if argument in ("--output", "-o") and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith("--output="):
            return argument.partition("=")[2]
    return os.environ.get("CLOUDNATIVE_OUTPUT", "text")


if __name__ == "__main__":
    main()

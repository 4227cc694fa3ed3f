"""Nothing is deleted or replaced without a yes, and nobody is asked where nobody sits."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

if TYPE_CHECKING:
    from cloudnative.writer import Writer

LOSS = ("delete", "replace")


def planned_losses(writer: Writer, environment: str, *arguments: str, verb: str) -> list[str]:
    """Preview; what would be deleted or replaced, in words."""
    from cloudnative.failure import failure
    from cloudnative.wording import is_real, short_type

    outcome = writer.run("preview", *arguments)
    if outcome.code != 0:
        raise failure(outcome, environment, verb=verb)
    return [
        f"{step['operation']} {short_type(step['type'])} {step['name']}"
        for step in outcome.planned
        if _is_loss(step["operation"]) and is_real(step)
    ]


def _is_loss(operation: str) -> bool:
    return any(word in operation for word in LOSS) and operation != "create-replacement"


def ask(losses: Sequence[str], environment: str, *, verb: str) -> None:
    """Show what is lost, if anything, and ask; ConfigError where there is no terminal to ask on."""
    if not losses:
        return
    sys.stderr.write("".join(f"  {loss}\n" for loss in losses))
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError(
            code="consent.needed",
            what=f"{verb} {environment} would delete or replace {len(losses)} resources",
            why="there is no terminal to ask on",
            fix=f"cloudnative {verb} {environment} --yes",
        )
    sys.stderr.write(f"Go on with these {len(losses)}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CloudnativeError(
            code="consent.refused",
            what="nothing was changed",
            why="you said no",
            exit_code=ExitCode.CANCELLED,
        )


def ask_reset() -> None:
    """`emulator reset` loses everything that lives in it."""
    ask(["delete every cluster, registry and volume of the emulator"], "", verb="emulator reset")

"""Nothing is deleted or replaced without a yes, and nobody is asked where nobody sits."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

if TYPE_CHECKING:
    from cloudnative.writer import Writer

LOSS = ("delete", "replace")


def ask_before_loss(writer: Writer, environment: str, *, verb: str) -> None:
    """Preview first; where something would be deleted or replaced, ask."""
    from cloudnative.failure import failure

    outcome = writer.run("preview")
    if outcome.code != 0:
        raise failure(outcome, environment, verb=verb)
    losses = [
        f"{step['operation']} {step['name']}" for step in outcome.planned if _is_loss(step["operation"])
    ]
    if losses:
        ask(losses, environment, verb=verb)


def _is_loss(operation: str) -> bool:
    return any(word in operation for word in LOSS) and operation != "create-replacement"


def ask(losses: Sequence[str], environment: str, *, verb: str) -> None:
    """Show what is lost and ask; ConfigError where there is no terminal to ask on."""
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

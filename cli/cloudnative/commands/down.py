"""`cloudnative down ENV`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cloudnative import present
from cloudnative.absent import NONE
from cloudnative.options import Environment, Output, OutputOption, UnprotectAll, Yes

if TYPE_CHECKING:
    from cloudnative.session import Session
    from cloudnative.writer import Writer


def down(
    environment: Environment,
    yes: Yes = False,
    unprotect: UnprotectAll = [],  # noqa: B006 - typer's own default, never changed
    output: OutputOption = Output.TEXT,
) -> None:
    """Delete everything, and prove that nothing is left. Lists each item first, and asks."""
    from cloudnative.consent import ask
    from cloudnative.display import make_display
    from cloudnative.protection import kept_from_down, protected
    from cloudnative.session import open_session

    began = time.monotonic()
    session = open_session(environment, make_display(), reads_application=False)
    with session.locked() as writer:
        before: dict[str, Any] = writer.read() or {}
        if kept := kept_from_down(before, unprotect, environment):
            raise kept
        items = _items(before)
        if items and not yes:
            ask([f"delete {item}" for item in items], environment, verb="down")
        writer.unprotect([resource["urn"] for resource in protected(before)])
        changes = _destroy(session, writer) if before.get("resources") else {}
        _prove(session, before)
        writer.remove_stack()
    document = {
        "environment": environment,
        "cloud": session.config.cloud,
        "result": "succeeded",
        "changes": changes,
        "seconds": round(time.monotonic() - began, 1),
        "deleted": items,
        "remaining": [],
    }
    present.result(document, output, text)


def _items(deployment: dict[str, Any]) -> list[str]:
    """What is deleted, in words: only what exists outside of the engine."""
    from cloudnative.wording import short_type

    custom = [
        r
        for r in deployment.get("resources") or NONE
        if r.get("custom") and not r["type"].startswith("pulumi:")
    ]
    return [
        f"{short_type(r['type'])} {r['urn'].rsplit('::', 1)[-1]}"
        + (" (protected)" if r.get("protect") else "")
        for r in reversed(custom)
    ]


def _destroy(session: Session, writer: Writer) -> dict[str, int]:
    from cloudnative.failure import failure

    environment = session.home.environment
    with session.display.phase(f"down {environment}"):
        outcome = writer.run("destroy", "--yes", "--skip-preview", "--run-program=false")
    if outcome.code != 0:
        raise failure(outcome, environment, verb="down")
    return outcome.changes


def _prove(session: Session, before: dict[str, Any]) -> None:
    """Ask ARM, not the state, whether something is left."""
    from cloudnative.remains import remains
    from cloudnative_toolchain.errors import CloudnativeError, ExitCode

    left = remains(session.arm(), before)
    if left:
        raise CloudnativeError(
            code="down.remains",
            what=f"{len(left)} things of {session.home.environment} are still there",
            why="\n".join(left),
            fix=f"cloudnative down {session.home.environment} --yes",
            exit_code=ExitCode.RESOURCE,
        )


def text(data: dict[str, Any]) -> str:
    """What was deleted, and that nothing is left."""
    count = len(data["deleted"])
    seconds = f"{data['seconds']:.1f} s"
    return f"{data['environment']} is down: {count} deleted, nothing is left in {data['cloud']} ({seconds})\n"

"""`--take-ownership` on its way to the plugin, which runs in the worker's process and reads its variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudnative.session import Session

VARIABLE = "CLOUDNATIVE_TAKE_OWNERSHIP"


def pass_on(session: Session, *, taken: bool) -> None:
    """Runs of this session take fields that others own, or do not, whatever the shell's variables say."""
    session.environment[VARIABLE] = "true" if taken else "false"

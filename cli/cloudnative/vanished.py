"""Infrastructure that was deleted behind our back: gone only where ARM says so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.wording import short_type

if TYPE_CHECKING:
    from cloudnative.session import Session

_AT_ONCE = 8


def vanished(session: Session) -> list[dict[str, Any]]:
    """Groups, registries and clusters that ARM answers 404 for; raises where it cannot be asked."""
    asked = report.of_type(session.read(), report.GROUP, report.REGISTRY, report.CLUSTER)
    if not asked:
        return []
    arm = session.arm()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(arm.find, asked))
    return [resource for resource, identity in zip(asked, found, strict=True) if identity is None]


def say_vanished(session: Session) -> bool:
    """Whether something is gone, so that the run has to read what is there first; it is told what."""
    gone = vanished(session)
    if gone:
        names = ", ".join(f"{short_type(one['type'])} {one['urn'].rsplit('::', 1)[-1]}" for one in gone)
        session.display.say(f"gone from {session.config.cloud}, deleted by somebody else: {names}")
    return bool(gone)

"""Infrastructure that was deleted behind our back: gone only where ARM says so."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.arm_ids import arm_path
from cloudnative.wording import short_type

if TYPE_CHECKING:
    from cloudnative.arm import Arm
    from cloudnative.session import Session

_AT_ONCE = 8


def vanished(session: Session, deployment: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Groups, registries and clusters that ARM answers 404 for; raises where it cannot be asked."""
    asked = report.of_type(deployment, report.GROUP, report.REGISTRY, report.CLUSTER)
    if not asked:
        return []
    arm = session.arm()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        there = list(pool.map(is_there, [arm] * len(asked), asked))
    return [resource for resource, found in zip(asked, there, strict=True) if not found]


def is_there(arm: Arm, resource: Mapping[str, Any]) -> bool:
    """Whether ARM has it, in whatever state; nobody waits for a cluster that is just being changed."""
    known = arm_path(str(resource["type"]), dict(resource.get("inputs") or {}), arm.subscription)
    return known is None or arm.get(*known) is not None


def say_vanished(session: Session, deployment: dict[str, Any] | None) -> bool:
    """Whether something is gone, so that the run has to read what is there first; it is told what."""
    gone = vanished(session, deployment)
    if gone:
        names = ", ".join(f"{short_type(one['type'])} {one['urn'].rsplit('::', 1)[-1]}" for one in gone)
        session.display.say(f"gone from {session.config.cloud}, deleted by somebody else: {names}")
    return bool(gone)

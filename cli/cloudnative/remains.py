"""What is still there after everything was deleted: ARM is asked, the state is not believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from cloudnative import report
from cloudnative.absent import NONE, NOTHING


class Asked(Protocol):
    """The questions, as `Arm` answers them."""

    def resource_group(self, name: str) -> Mapping[str, Any] | None:
        """The group or None."""
        ...

    def resources_of_group(self, name: str) -> list[Mapping[str, Any]]:
        """What lies in it."""
        ...

    def role_assignments(self) -> Iterable[Mapping[str, Any]]:
        """All of the subscription."""
        ...


def remains(arm: Asked, before: dict[str, Any]) -> list[str]:
    """One line for each group, resource in a group, and role assignment that is left of an environment."""
    groups = report.groups(before)
    if not groups:
        return []
    lines: list[str] = []
    for name in groups:
        if arm.resource_group(name) is not None:
            lines.append(f"resource group {name}")
            lines += [f"  {resource['id']}" for resource in arm.resources_of_group(name)]
    return lines + [
        f"role assignment {a['id']}" for a in arm.role_assignments() if _ours(a, groups, _principals(before))
    ]


def _principals(before: dict[str, Any]) -> set[str]:
    """Principals that the environment itself made: their assignments anywhere must be gone too."""
    outputs = [r.get("outputs") or NOTHING for r in before.get("resources") or NONE]
    own = {str(o.get("principalId", "")).lower() for o in outputs if "clientId" in o}
    identities: list[Mapping[str, Any]] = [o.get("identity") or NOTHING for o in outputs]
    own |= {str(i.get("principalId", "")).lower() for i in identities}
    return own - {""}


def _ours(assignment: Mapping[str, Any], groups: list[str], principals: set[str]) -> bool:
    properties = assignment.get("properties") or NOTHING
    scope = str(properties.get("scope", "")).lower() + "/"
    in_group = any(f"/resourcegroups/{name.lower()}/" in scope for name in groups)
    return in_group or str(properties.get("principalId", "")).lower() in principals

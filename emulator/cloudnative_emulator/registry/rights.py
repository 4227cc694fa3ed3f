"""What a principal may do in a registry: the token service's answer, drawn from ARM's role assignments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm.kinds.identities import by_principal_id
from cloudnative_emulator.arm.kinds.registries import REGISTRIES

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud

# action in a token's scope: (what ARM must allow, the role that is usually missing)
_NEEDS = {
    "pull": (f"{REGISTRIES}/pull/read", "AcrPull"),
    "metadata_read": (f"{REGISTRIES}/pull/read", "AcrPull"),
    "push": (f"{REGISTRIES}/push/write", "AcrPush"),
    "metadata_write": (f"{REGISTRIES}/push/write", "AcrPush"),
    "delete": (f"{REGISTRIES}/artifacts/delete", "AcrDelete"),
    "*": (f"{REGISTRIES}/pull/read", "AcrPull"),  # the catalog
}


@dataclass(frozen=True)
class Denied(Exception):  # noqa: N818 (it is an answer, not a fault)
    """The principal lacks a role; the text names both."""

    text: str

    def __str__(self) -> str:
        return self.text


def parse_scopes(scopes: list[str]) -> list[dict[str, Any]]:
    """`repository:team/app:pull,push` as the token's access entries."""
    found: list[dict[str, Any]] = []
    for scope in " ".join(scopes).split():
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind in {"repository", "registry"} and name and actions:
            found.append({"type": kind, "name": name, "actions": actions.split(",")})
    return found


def grant(
    cloud: Cloud, registry_id: str, object_id: str, wanted: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """`wanted` when every action of it is allowed, else Denied."""
    for entry in wanted:
        for action in entry["actions"]:
            need, role = _NEEDS.get(action, ("", "no role"))
            if not need or not cloud.access.allows(object_id, need, registry_id):
                who, registry = _name(cloud, object_id), registry_id.rsplit("/", 1)[-1]
                text = f"{who} may not {action} '{entry['name']}': it lacks the role {role}"
                raise Denied(f"{text} on registry '{registry}'")
    return wanted


def covers(granted: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> bool:
    """Whether a token's access entries hold every action of `wanted`."""
    held = {(one["type"], one["name"], action) for one in granted for action in one["actions"]}
    return all((one["type"], one["name"], action) in held for one in wanted for action in one["actions"])


def _name(cloud: Cloud, object_id: str) -> str:
    identity = by_principal_id(cloud, object_id)
    name = f"identity '{identity['name']}'" if identity else "the caller"
    return f"{name} (object id {object_id})"

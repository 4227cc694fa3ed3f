"""Fields that somebody else owns: who, which, and whether this run may take them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from .kube import KubeError

# The command's flag is `--take-ownership`; plain Pulumi sets the variable.
VARIABLE = "CLOUDNATIVE_TAKE_OWNERSHIP"
_YES = {"1", "true", "t", "yes", "y", "on"}


def take_ownership() -> bool:
    """True when this run was told to take fields that it conflicts over."""
    return os.environ.get(VARIABLE, "").strip().lower() in _YES


def conflicts(error: KubeError) -> list[dict[str, str]]:
    """The conflicts among the causes of a refusal, one for each field."""
    return [cause for cause in error.causes if cause.get("reason") == "FieldManagerConflict"]


def by_hand(error: KubeError) -> bool:
    """True where kubectl alone has the fields that a refusal names: a person's edit, not a controller's."""
    managers = [_manager(cause) for cause in conflicts(error)]
    return bool(managers) and all(manager.split("-")[0] == "kubectl" for manager in managers)


def owners(error: KubeError) -> str:
    """Who has which fields; the server says `conflict with "kubectl-edit" using v1 at TIME`."""
    fields: dict[str, list[str]] = {}
    for cause in conflicts(error):
        owner = _manager(cause) or "nobody that it names"
        fields.setdefault(owner, []).append(cause.get("field", ""))
    return "; ".join(f"the field manager {owner} owns {', '.join(own)}" for owner, own in fields.items())


def _manager(cause: Mapping[str, str]) -> str:
    return cause.get("message", "").partition('"')[2].partition('"')[0]

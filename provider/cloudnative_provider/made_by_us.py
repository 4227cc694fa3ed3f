"""Which of the objects that a release named it really wrote: a run may have ended before it wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .kube import MANAGER, Kube, Object, concurrently
from .ledger import Owned, owned_by_others
from .objects import parts
from .removal import split


async def ours(kube: Kube, named: Mapping[str, Owned], application: str) -> dict[str, Owned]:
    """Those of `named` that are ours to delete.

    What a run recorded as written has its uid. What it only meant to write is ours if it exists, has fields
    of ours, and no other application has it: a namespace may be the platform team's, and was there before.
    """
    meant = [name for name, was in named.items() if not was.uid]
    if not meant:
        return dict(named)
    elsewhere = await owned_by_others(kube, application)
    found = await concurrently([_finder(kube, name) for name in meant if name not in elsewhere])
    written = {name: Owned(uid=uid) for name, uid in found if uid}
    return {name: was for name, was in named.items() if was.uid} | written


def _finder(kube: Kube, name: str) -> Any:
    async def run() -> tuple[str, str]:
        api_version, kind_name, namespace, own_name = split(name)
        kind = await kube.kind(api_version, kind_name)
        live = await kube.get(kind, namespace, own_name) if kind is not None else None
        return name, live["metadata"]["uid"] if live is not None and has_fields_of_ours(live) else ""

    return run


def has_fields_of_ours(live: Object) -> bool:
    """Whether a release of ours ever applied it."""
    entries = parts(live, "metadata", "managedFields")
    return any(entry["manager"] == MANAGER and entry["operation"] == "Apply" for entry in entries)

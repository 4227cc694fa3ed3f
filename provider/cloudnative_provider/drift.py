"""Which objects of a release are not as it left them."""

from __future__ import annotations

from typing import Any

from . import ledger as ledgers
from .changes import FORBIDDEN
from .kube import Kube, KubeError, Object, concurrently
from .ledger import Ledger
from .removal import split


async def drifted(kube: Kube, found: Ledger) -> list[str]:
    """Keys of drifted objects, from one list of metadata per kind and namespace.

    What one may not list, such as Secrets with a role that only reads, is not known to have drifted.
    """
    places = sorted({split(name)[:3] for name in found.objects})
    lists = await concurrently([_lister(kube, *place) for place in places])
    seen = {place for place, listed in zip(places, lists, strict=True) if listed is not None}
    known = {name: was for name, was in found.objects.items() if split(name)[:3] in seen}
    return ledgers.drifted(known, [obj for listed in lists if listed for obj in listed])


def _lister(kube: Kube, api_version: str, kind_name: str, namespace: str) -> Any:
    async def run() -> list[Object] | None:
        kind = await kube.kind(api_version, kind_name)
        try:
            listed = await kube.list(kind, namespace, metadata=True) if kind else []
        except KubeError as error:
            if error.status != FORBIDDEN:
                raise
            return None
        return [{**obj, "apiVersion": api_version, "kind": kind_name} for obj in listed]

    return run

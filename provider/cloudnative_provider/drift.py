"""Which objects of a release are not as it left them."""

from __future__ import annotations

from typing import Any

from . import ledger as ledgers
from .kube import Kube, Object, concurrently
from .ledger import Ledger
from .removal import split


async def drifted(kube: Kube, found: Ledger) -> list[str]:
    """Keys of drifted objects, from one list of metadata per kind and namespace."""
    places = sorted({split(name)[:3] for name in found.objects})
    lists = await concurrently([_lister(kube, *place) for place in places])
    return ledgers.drifted(found.objects, [obj for listed in lists for obj in listed])


def _lister(kube: Kube, api_version: str, kind_name: str, namespace: str) -> Any:
    async def run() -> list[Object]:
        kind = await kube.kind(api_version, kind_name)
        listed = await kube.list(kind, namespace, metadata=True) if kind else []
        return [{**obj, "apiVersion": api_version, "kind": kind_name} for obj in listed]

    return run

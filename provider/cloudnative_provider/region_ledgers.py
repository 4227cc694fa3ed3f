"""The ledgers of all regions at once, under one time limit; a region that cannot be asked is never empty."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from cloudnative_toolchain.errors import CloudnativeError

from . import ledger as ledgers
from .clusters import ClusterGone, ClusterStopped, cluster
from .kube import KubeError
from .ledger import Ledger

_WITHIN = 15.0


@dataclass(frozen=True)
class RegionLedger:
    """What one region says: its ledger, or why there is none (`gone` only where ARM says so)."""

    state: str
    """`read`, `gone`, `stopped` or `unreachable`."""
    ledger: Ledger
    why: str = ""


async def region_ledgers(
    cloud: str, clusters: Mapping[str, str], application: str, within: float = _WITHIN
) -> dict[str, RegionLedger]:
    """By region, of clusters by region."""
    found = await asyncio.gather(*(_one(cloud, one, application, within) for one in clusters.values()))
    return dict(zip(clusters, found, strict=True))


async def _one(cloud: str, cluster_id: str, application: str, within: float) -> RegionLedger:
    nothing = Ledger(application)
    try:
        async with asyncio.timeout(within):
            target = await cluster(cloud, cluster_id)
            async with target.connect() as kube:
                return RegionLedger("read", await ledgers.read(kube, application))
    except ClusterGone as state:
        return RegionLedger("gone", nothing, str(state))
    except ClusterStopped as state:
        return RegionLedger("stopped", nothing, str(state))
    except (CloudnativeError, KubeError) as error:
        return RegionLedger("unreachable", nothing, str(error))
    except TimeoutError:
        return RegionLedger("unreachable", nothing, f"no answer within {within:.0f} s")

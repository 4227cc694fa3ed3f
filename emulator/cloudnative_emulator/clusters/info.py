"""How a cluster that has come up is reached."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloudnative_emulator.ports import ClusterInfo

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.kube import KubeClient


async def describe(client: KubeClient, *, server: str, ca_pem: str, issuer: str) -> ClusterInfo:
    """Address, version and the keys of its service accounts."""
    version = await client.call("GET", "/version")
    keys = await client.call("GET", "/openid/v1/jwks")
    return ClusterInfo(
        server=server,
        ca_pem=ca_pem,
        service_account_issuer=issuer,
        version=str(version["gitVersion"]).removeprefix("v"),
        jwks=json.dumps(keys),
    )

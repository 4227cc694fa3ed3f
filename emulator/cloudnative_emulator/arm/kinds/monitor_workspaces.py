"""Azure Monitor workspaces: where a region's metrics are asked for."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm.kinds.kind import Call
from cloudnative_emulator.arm.kinds.monitoring import MetricsWorkspace
from cloudnative_emulator.monitoring.query_api import query_endpoint

if TYPE_CHECKING:
    from cloudnative_emulator.arm.store import Body


class MonitorWorkspace(MetricsWorkspace):
    """Its account id is drawn at creation; its query endpoint leads to this home's Prometheus."""

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add accountId and metrics.prometheusQueryEndpoint."""
        body = super().shape(call, body, old)
        known: dict[str, Any] = (old or {}).get("properties") or {}
        account = str(known.get("accountId") or uuid.uuid4())
        metrics = {
            "prometheusQueryEndpoint": query_endpoint(call.cloud.issuer.arm, account),
            "internalId": f"mac_{account}",
        }
        sent: dict[str, Any] = body.get("properties") or {}
        properties = {**sent, "accountId": account, "metrics": metrics}
        return {**body, "properties": {"publicNetworkAccess": "Enabled", **properties}}

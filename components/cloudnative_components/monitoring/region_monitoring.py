"""Where a region's logs and metrics go: made before its cluster, gone after it (OBS-01)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import monitor, operationalinsights

from ..azure.naming import METRICS_WORKSPACE, WORKSPACE

_METRICS = "Microsoft-PrometheusMetrics"
_LOGS = [
    "Microsoft-ContainerLogV2",
    "Microsoft-KubeEvents",
    "Microsoft-KubePodInventory",
    "Microsoft-KubeNodeInventory",
    "Microsoft-KubeServices",
]
_QUIET = ["kube-system", "gatekeeper-system"]  # what they print costs more than it tells


@dataclass(frozen=True)
class Metrics:
    """The store of metrics and the rule that sends a cluster's there."""

    workspace: monitor.AzureMonitorWorkspace
    rule: monitor.DataCollectionRule


@dataclass(frozen=True)
class Logs:
    """The store of logs and the rule that sends those of containers there."""

    workspace: operationalinsights.Workspace
    rule: monitor.DataCollectionRule


@dataclass(frozen=True)
class Place:
    """Where the resources are made, and for which cluster."""

    name: str
    cluster_name: str
    location: str
    group: pulumi.Input[str]
    tags: Mapping[str, str]
    parent: pulumi.Resource

    @property
    def common(self) -> dict[str, Any]:
        """Arguments of every resource here."""
        opts = pulumi.ResourceOptions(parent=self.parent)
        return {
            "resource_group_name": self.group,
            "location": self.location,
            "tags": self.tags,
            "opts": opts,
        }

    def short(self, prefix: str, length: int) -> str:
        """`PREFIX-REGION-CLUSTER`, cut to Azure's length (REG-05)."""
        return f"{prefix}-{self.location}-{self.cluster_name}"[:length].rstrip("-_")


def log_workspace(name: str, azure_name: str, days: int, **common: Any) -> operationalinsights.Workspace:
    """A Log Analytics workspace that is paid by the gigabyte."""
    return operationalinsights.Workspace(
        name,
        workspace_name=WORKSPACE.check(azure_name, "cluster_name"),
        sku={"name": "PerGB2018"},
        retention_in_days=days,
        **common,
    )


def make_logs(place: Place, days: int) -> Logs:
    """Workspace and rule for the logs of containers; without the rule there are none (OBS-04)."""
    label = place.cluster_name.replace("_", "-")[:59].rstrip("-")
    workspace = log_workspace(f"{place.name}-logs", f"log-{label}", days, **place.common)
    extension: dict[str, Any] = {
        "name": "ContainerInsightsExtension",
        "extension_name": "ContainerInsights",
        "streams": _LOGS,
        "extension_settings": {
            "dataCollectionSettings": {
                "interval": "1m",
                "namespaceFilteringMode": "Exclude",
                "namespaces": _QUIET,
                "enableContainerLogV2": True,
            }
        },
    }
    rule = monitor.DataCollectionRule(
        f"{place.name}-logs-rule",
        data_collection_rule_name=place.short("MSCI", 64),
        kind="Linux",
        data_sources={"extensions": [extension]},  # pyright: ignore[reportArgumentType] - by the names of the Args
        destinations={
            "log_analytics": [{"name": "ciworkspace", "workspace_resource_id": workspace.id}],
        },
        data_flows=[{"streams": _LOGS, "destinations": ["ciworkspace"]}],
        **place.common,
    )
    return Logs(workspace, rule)


def make_metrics(place: Place) -> Metrics:
    """Azure Monitor workspace, endpoint and rule for Prometheus (OBS-02)."""
    label = place.cluster_name.replace("_", "-")
    workspace = monitor.AzureMonitorWorkspace(
        f"{place.name}-metrics",
        azure_monitor_workspace_name=METRICS_WORKSPACE.check(f"amw-{label}"[:63].rstrip("-"), "cluster_name"),
        **place.common,
    )
    endpoint = monitor.DataCollectionEndpoint(
        f"{place.name}-metrics-endpoint",
        data_collection_endpoint_name=place.short("MSProm", 44),
        kind="Linux",
        **place.common,
    )
    rule = monitor.DataCollectionRule(
        f"{place.name}-metrics-rule",
        data_collection_rule_name=place.short("MSProm", 64),
        kind="Linux",
        data_collection_endpoint_id=endpoint.id,
        data_sources={"prometheus_forwarder": [{"name": "PrometheusDataSource", "streams": [_METRICS]}]},
        destinations={
            "monitoring_accounts": [{"account_resource_id": workspace.id, "name": "MonitoringAccount1"}]
        },
        data_flows=[{"streams": [_METRICS], "destinations": ["MonitoringAccount1"]}],
        **place.common,
    )
    return Metrics(workspace, rule)

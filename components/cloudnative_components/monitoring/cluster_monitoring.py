"""What ties a cluster to the places of its logs and metrics.

All of it is deleted by itself, not with the cluster: Azure refuses to delete a rule that is still
associated, and a diagnostic setting that is only forgotten comes back with the next resource of that name
(OBS-06).
"""

import json
from importlib import resources

import pulumi
from pulumi_azure_native import alertsmanagement, containerservice, monitor

from .region_monitoring import Logs, Metrics, Place

# Not `kube-audit`: what changes something is in `kube-audit-admin` too, at a fraction of the price.
CONTROL_PLANE_LOGS = ("kube-audit-admin", "guard", "cluster-autoscaler", "kube-controller-manager")
REGISTRY_LOGS = ("ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents")


def diagnostics(
    name: str,
    of: pulumi.Input[str],
    workspace: pulumi.Input[str],
    categories: tuple[str, ...],
    opts: pulumi.ResourceOptions,
) -> monitor.DiagnosticSetting:
    """A resource's own logs and metrics, to a workspace (OBS-06)."""
    return monitor.DiagnosticSetting(
        name,
        name="cloudnative",
        resource_uri=of,
        workspace_id=workspace,
        log_analytics_destination_type="Dedicated",
        logs=[{"category": category, "enabled": True} for category in categories],
        metrics=[{"category": "AllMetrics", "enabled": True}],
        opts=opts,
    )


def send_logs(place: Place, cluster: containerservice.ManagedCluster, logs: Logs) -> None:
    """The containers' logs by the rule, and those of the control plane (OBS-04, AKS-34)."""
    _associate(place, "logs", place.short("MSCI", 64), cluster, logs.rule)
    diagnostics(
        f"{place.name}-control-plane-logs",
        cluster.id,
        logs.workspace.id,
        CONTROL_PLANE_LOGS,
        pulumi.ResourceOptions(parent=place.parent),
    )


def send_metrics(place: Place, cluster: containerservice.ManagedCluster, metrics: Metrics) -> None:
    """The cluster's metrics by the rule (OBS-02), and what dashboards expect to be recorded (OBS-03)."""
    _associate(place, "metrics", place.short("MSProm", 64), cluster, metrics.rule)
    for group, rules in recording_rules().items():
        alertsmanagement.PrometheusRuleGroup(
            f"{place.name}-{group}",
            resource_group_name=place.group,
            location=place.location,
            rule_group_name=f"{group}-{place.cluster_name}",
            cluster_name=place.cluster_name,
            scopes=[metrics.workspace.id, cluster.id],
            enabled=True,
            interval="PT1M",
            rules=[{"record": record, "expression": expression} for record, expression in rules.items()],
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=place.parent),
        )


def recording_rules() -> dict[str, dict[str, str]]:
    """Name of the series to its PromQL, by group."""
    source = resources.files(__package__ or "").joinpath("recording_rules.json")
    return json.loads(source.read_text("utf-8"))


def _associate(
    place: Place,
    what: str,
    azure_name: str,
    cluster: containerservice.ManagedCluster,
    rule: monitor.DataCollectionRule,
) -> None:
    monitor.DataCollectionRuleAssociation(
        f"{place.name}-{what}-association",
        resource_uri=cluster.id,
        association_name=azure_name,
        data_collection_rule_id=rule.id,
        opts=pulumi.ResourceOptions(parent=place.parent),
    )

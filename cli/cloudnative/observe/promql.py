"""PromQL for the four questions of `metrics`: how many requests, how many fail, how long, how full.

Label names are those of Azure's managed Prometheus. A pod's service is read off its name, which Kubernetes
makes from the workload's: pods that are gone by now count too, and nothing has to be joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cloudnative.observe.services import Workload
from cloudnative_toolchain.errors import ConfigError

DURATION = "http_server_request_duration_seconds"
PLUMBING = "/(healthz|livez|readyz|metrics)"  # asked by kubelet and Prometheus, not by users
_ERROR_LABELS = (
    "http_response_status_code",
    "status_code",
    "code",
    "status",
)  # OpenTelemetry's, then customs
_SUFFIXES = {
    "apps/v1/Deployment": "[a-z0-9]{1,10}-[a-z0-9]{5}",
    "apps/v1/StatefulSet": "[0-9]+",
    "apps/v1/DaemonSet": "[a-z0-9]{5}",
    "batch/v1/Job": "[a-z0-9]{5}",
}
_BY = "cluster, namespace, service"


def require_words(environment: str, *, window: str, metric: str) -> None:
    """Both stand inside of every query: Prometheus would blame a query that nobody typed."""
    if not re.fullmatch(r"(\d+(ms|s|m|h|d|w))+", window) or not re.search("[1-9]", window):
        raise ConfigError(
            code="metrics.window",
            what=f"--window {window}",
            why="it is no duration such as 90s, 10m, 1h30m or 1d",
            fix=f"cloudnative metrics {environment} --window 10m",
        )
    if not re.fullmatch("[a-zA-Z_:][a-zA-Z0-9_:]*", metric):
        raise ConfigError(
            code="metrics.metric",
            what=f"--metric {metric}",
            why="it is no name of a metric; a whole query goes into --query",
            fix=f"cloudnative metrics {environment} --metric {DURATION}",
        )


def questions(metric: str, cluster: str, workloads: Iterable[Workload], window: str) -> dict[str, str]:
    """One query for each number of a service, over one cluster."""
    found = list(workloads)
    users = f'cluster="{cluster}",http_route!~"{PLUMBING}"'
    requests = _requests(f"rate({metric}_count{{{users}}}[{window}])", found)
    failed = " or ".join(
        f'rate({metric}_count{{{users},{label}=~"5.."}}[{window}])' for label in _ERROR_LABELS
    )
    buckets = _requests(f"rate({metric}_bucket{{{users}}}[{window}])", found)
    inside = f'cluster="{cluster}",container!="",container!="POD"'
    memory = f"container_memory_working_set_bytes{{{inside}}}"
    cpu = f"rate(container_cpu_usage_seconds_total{{{inside}}}[{window}])"
    return {
        "known": f'count by ({_BY}) ({_requests(f"""{metric}_count{{cluster="{cluster}"}}""", found)})',
        "rate": f"sum by ({_BY}) ({requests})",
        "errors": f"sum by ({_BY}) ({_requests(failed, found)})",
        "p50": f"histogram_quantile(0.5, sum by ({_BY}, le) ({buckets}))",
        "p95": f"histogram_quantile(0.95, sum by ({_BY}, le) ({buckets}))",
        "cpu": f"sum by ({_BY}) ({_named(cpu, 'pod', found)})",
        "memory": f"sum by ({_BY}) ({_named(memory, 'pod', found)})",
    }


def _requests(expression: str, workloads: list[Workload]) -> str:
    """Azure's job of annotated pods has names of its own for namespace and pod."""
    moved = f'label_replace({expression}, "namespace", "$1", "kubernetes_namespace", "(.+)")'
    return _named(moved, "kubernetes_pod_name", workloads)


def _named(expression: str, label: str, workloads: list[Workload]) -> str:
    for kind, suffix in _SUFFIXES.items():
        if names := sorted({re.escape(each.name) for each in workloads if each.kind == kind}):
            pattern = f"({'|'.join(names)})-{suffix}".replace("\\", "\\\\")
            expression = f'label_replace({expression}, "service", "$1", "{label}", "{pattern}")'
    return expression

"""`metrics`: what is asked, and what the answers mean."""

from typing import Any

import pytest

from cloudnative import emulator_link
from cloudnative.commands.metrics import _nothing_yet  # pyright: ignore[reportPrivateUsage] - no emulator runs
from cloudnative.observe.amounts import allowance, number
from cloudnative.observe.metrics_text import text
from cloudnative.observe.promql import DURATION, questions, require_words
from cloudnative.observe.service_metrics import by_service, service_row
from cloudnative.observe.services import Workload
from cloudnative_toolchain.errors import ConfigError

WEB = Workload("apps/v1/Deployment", "shop", "web")
KEY = ("shop", "web")
LIVE: dict[str, Any] = {
    "spec": {
        "template": {
            "spec": {"containers": [{"resources": {"limits": {"cpu": "500m", "memory": "64M"}}}]},
        }
    },
    "status": {"replicas": 3},
}


@pytest.mark.parametrize(
    ("quantity", "value"),
    [("250m", 0.25), ("2", 2), ("64Mi", 64 * 2**20), ("1k", 1000), ("1e3", 1000), ("1.5Gi", 1.5 * 2**30)],
)
def test_quantities_are_those_of_kubernetes(quantity: str, value: float) -> None:
    assert number(quantity) == pytest.approx(value)


def test_a_workload_may_use_what_its_pods_may() -> None:
    assert allowance(LIVE, "limits", "cpu") == 1.5
    assert allowance(LIVE, "requests", "cpu") is None


def test_every_question_is_about_one_cluster_and_users_requests() -> None:
    asked = questions(DURATION, "aks-krc", [WEB], "2m")
    assert all('cluster="aks-krc"' in promql for promql in asked.values())
    assert 'http_route!~"/(healthz|livez|readyz|metrics)"' in asked["rate"]
    assert '"service", "$1", "kubernetes_pod_name", "(web)-[a-z0-9]{1,10}-[a-z0-9]{5}"' in asked["rate"]
    assert 'http_response_status_code=~"5.."' in asked["errors"] and "histogram_quantile(0.95" in asked["p95"]


def test_another_histogram_can_be_given() -> None:
    assert "my_seconds_bucket" in questions("my_seconds", "c", [WEB], "1h")["p50"]


def numbers(**found: float) -> dict[str, dict[tuple[str, str], float]]:
    names = ("known", "rate", "errors", "p50", "p95", "cpu", "memory")
    return {name: {KEY: found[name]} if name in found else {} for name in names}


def test_what_nobody_measures_is_unknown_and_what_nobody_asked_is_nothing() -> None:
    assert service_row(WEB, LIVE, numbers())["rate"] is None
    assert service_row(WEB, LIVE, numbers(known=1))["rate"] == 0.0


def test_errors_are_a_share_of_the_requests() -> None:
    row = service_row(WEB, LIVE, numbers(known=1, rate=8.0, errors=2.0, cpu=0.3))
    assert row["error_ratio"] == 0.25
    assert row["cpu"] == {"used": 0.3, "limit": 1.5, "request": None}


def test_a_quantile_of_nothing_is_unknown() -> None:
    labels = {"namespace": "shop", "service": "web"}
    assert by_service([{"metric": labels, "value": [0, "NaN"]}]) == {}
    assert by_service([{"metric": labels, "value": [0, "0.2"]}]) == {KEY: 0.2}


def test_the_table_says_what_is_not_there() -> None:
    unknown = service_row(WEB, LIVE, numbers(memory=32e6))
    busy = service_row(WEB, LIVE, numbers(known=1, rate=8.0, errors=2.0, p50=0.004, p95=1.25, cpu=0.3))
    regions: list[dict[str, Any]] = [
        {"name": "koreacentral", "services": [unknown]},
        {"name": "japaneast", "services": [busy]},
        {"name": "westeurope", "services": [], "problem": "the cluster does not answer: timed out"},
    ]
    lines = text({"regions": regions}).splitlines()
    assert "no request metrics" in lines[1] and "31Mi of 183Mi (17%)" in lines[1]
    assert lines[2].split() == [
        "japaneast", "web", "8.00", "25.0%", "4", "ms", "1.2", "s", "0.30", "of", "1.50", "(20%)", "-",
    ]  # fmt: skip
    assert lines[3] == "westeurope: the cluster does not answer: timed out"


@pytest.mark.parametrize("window", ["abc", "", "5", "0s", "5m]", "1y"])
def test_a_window_that_is_no_duration_is_told_by_its_flag(window: str) -> None:
    with pytest.raises(ConfigError) as refused:
        require_words("dev", window=window, metric=DURATION)
    assert (refused.value.what, refused.value.fix) == (
        f"--window {window}",
        "cloudnative metrics dev --window 10m",
    )


def test_a_metric_is_one_name() -> None:
    require_words("dev", window="1h30m", metric="job:seconds")
    with pytest.raises(ConfigError, match="--metric sum"):
        require_words("dev", window="1h", metric="sum(x)")


def test_simulated_pods_have_nothing_to_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = {"backend": "simulated", "backend_reason": "asked for"}
    monkeypatch.setattr(emulator_link, "read_endpoint", lambda: endpoint)
    assert _nothing_yet().startswith("pods are simulated")
    endpoint["backend"] = "node"
    assert _nothing_yet().startswith("Prometheus has just started")

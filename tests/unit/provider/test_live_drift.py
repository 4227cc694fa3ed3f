"""Which fields drifted, and who changed them."""

from typing import Any

import pytest

from cloudnative_provider import live_drift
from cloudnative_provider.clusters import ClusterGone, ClusterStopped
from cloudnative_provider.live_drift import changed_fields, release_drifts, who
from cloudnative_toolchain.errors import CloudnativeError

_IMAGE = ("spec", "template", "spec", "containers", "[web]", "image")


def _container(field: str) -> dict[str, Any]:
    inner: dict[str, Any] = {"f:containers": {'k:{"name":"web"}': {".": {}, field: {}}}}
    return {"f:spec": {"f:template": {"f:spec": inner}}}


def _entry(manager: str, fields: dict[str, Any], minute: int, **more: str) -> dict[str, Any]:
    time = f"2026-11-23T12:{minute:02}:00Z"
    return {"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields, **more}


MANAGED = [
    _entry("cloudnative", {"f:spec": {"f:selector": {}}}, 1),
    _entry("kubectl-patch", _container("f:image"), 3),
    _entry("kubectl", {"f:spec": {"f:replicas": {}}}, 2, subresource="scale"),
    _entry("kube-controller-manager", {"f:status": {"f:replicas": {}}}, 9, subresource="status"),
]


@pytest.mark.parametrize(
    ("path", "manager"),
    [
        pytest.param(_IMAGE, "kubectl-patch", id="an item of a list by its name"),
        pytest.param(("spec", "replicas"), "kubectl", id="through a subresource"),
        pytest.param(("spec", "gone"), "kubectl-patch", id="of a field that is gone: who wrote last"),
    ],
)
def test_who_owns_a_field(path: tuple[str, ...], manager: str):
    assert who(MANAGED, path) == manager


def test_nobody_is_named_where_nobody_else_wrote():
    assert who(MANAGED[:1], ("spec", "replicas")) == ""


def test_only_fields_that_differ_are_told_with_values_masked():
    def deployment(replicas: int, value: str) -> dict[str, Any]:
        env = [{"name": "DB_PASSWORD", "value": value}]
        spec = {"replicas": replicas, "template": {"spec": {"containers": [{"name": "web", "env": env}]}}}
        meta = {"name": "web", "managedFields": MANAGED}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}

    found = {
        one["path"]: one for one in changed_fields(deployment(3, "theirs-1234"), deployment(1, "ours-5678"))
    }

    assert found["spec.replicas"] == {"path": "spec.replicas", "released": 1, "live": 3, "by": "kubectl"}
    assert len(found) == 2
    assert "theirs-1234" not in str(found) and "ours-5678" not in str(found)


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (ClusterGone("there is no aks"), "gone"),
        (ClusterStopped("aks is stopped"), "stopped"),
        (CloudnativeError(code="cloud.unreachable", what="azure"), "unreachable"),
        (TimeoutError(), "unreachable"),
    ],
)
async def test_a_cluster_is_gone_only_where_arm_says_so(
    monkeypatch: pytest.MonkeyPatch, answer: Exception, asked: str
):
    async def cluster(*_: str) -> None:
        raise answer

    monkeypatch.setattr(live_drift, "cluster", cluster)
    found = await release_drifts("emulator", {"koreacentral": {"clusterId": "/aks"}})

    assert (found["koreacentral"].asked, found["koreacentral"].objects) == (asked, [])

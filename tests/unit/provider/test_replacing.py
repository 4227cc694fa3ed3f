"""What the server does not let us change is made anew, and refused where data would be lost."""

from typing import Any

import pytest

from cloudnative_provider.apply import Writing
from cloudnative_provider.kube import Kind, KubeError
from cloudnative_provider.replacing import refuse_lost_data, size
from cloudnative_toolchain.errors import CloudnativeError

_FORBIDDEN = {
    "Deployment": "spec.selector: Invalid value: field is immutable",
    "Job": "spec.template: field is immutable",
    "Service": 'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
    "StatefulSet": "spec: Forbidden: updates to statefulset spec for fields other than 'replicas'",
    "RoleBinding": "roleRef: cannot change roleRef",
    "PersistentVolumeClaim": "spec: Forbidden: spec is immutable after creation",
}


class Cluster:
    """Has one object of a kind, and forbids to change it until it is deleted."""

    where = "cluster c"

    def __init__(self, live: dict[str, Any] | None) -> None:
        self.live, self.did = live, list[str]()

    async def kind(self, api_version: str, name: str, *, fresh: bool = False) -> Kind:
        return Kind(api_version, name, name.lower() + "s", namespaced=True)

    async def get(self, *_: object) -> dict[str, Any] | None:
        return self.live

    async def list(self, *_: object) -> list[dict[str, Any]]:
        return []

    async def apply(self, kind: Kind, obj: dict[str, Any], **_: object) -> dict[str, Any]:
        if self.live is not None:
            raise KubeError(422, {"message": _FORBIDDEN[kind.name]})
        self.did.append("apply")
        return obj

    async def delete(self, *_: object, children: str) -> None:
        self.live = None
        self.did.append(children)


def _object(kind: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, "spec": spec}


async def _applied(cluster: Any, obj: dict[str, Any]) -> list[str]:
    said = list[str]()
    await Writing(cluster, "dev", said.append).apply([obj])
    return said


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("Deployment", "Background"),
        ("Job", "Foreground"),  # never two at once
        ("Service", "Background"),
        ("RoleBinding", "Background"),
    ],
)
async def test_an_object_without_data_is_made_anew_and_that_is_told(kind: str, how: str) -> None:
    cluster = Cluster(_object(kind))
    said = await _applied(cluster, _object(kind, changed=True))
    assert cluster.did == [how, "apply"]
    assert said == [f"replacing v1/{kind}/shop/web: what changed cannot be changed in place"]


async def test_a_claim_is_never_deleted_for_a_change() -> None:
    cluster = Cluster(_object("PersistentVolumeClaim"))
    with pytest.raises(CloudnativeError, match="cannot be changed in place") as caught:
        await _applied(cluster, _object("PersistentVolumeClaim"))
    assert "delete" not in caught.value.fix
    assert cluster.did == []


@pytest.mark.parametrize(("selector", "how"), [({"a": "b"}, "Orphan"), ({"a": "c"}, "Background")])
async def test_pods_of_a_stateful_set_live_on_while_it_would_still_select_them(
    selector: dict[str, str], how: str
) -> None:
    cluster = Cluster(_object("StatefulSet", selector={"a": "b"}))
    await _applied(cluster, _object("StatefulSet", selector=selector))
    assert cluster.did == [how, "apply"]


def _stored(storage: str, **more: Any) -> dict[str, Any]:
    spec = {"resources": {"requests": {"storage": storage}}, **more}
    return _object("StatefulSet", volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": spec}])


@pytest.mark.parametrize(
    ("live", "wanted", "why"),
    [
        (_stored("2Gi"), _stored("1Gi"), "would shrink from 2Gi to 1Gi"),
        (
            _stored("2Gi", storageClassName="a"),
            _stored("2Gi", storageClassName="b"),
            "change its class",
        ),
        (
            _object("StatefulSet", persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete"}),
            _stored("1Gi"),
            "would take its volumes with it",
        ),
    ],
)
def test_what_would_lose_data_is_refused(live: dict[str, Any], wanted: dict[str, Any], why: str) -> None:
    with pytest.raises(CloudnativeError, match=why):
        refuse_lost_data(wanted, live, "cluster c")


@pytest.mark.parametrize("wanted", [_stored("2Gi"), _stored("3Gi"), _stored("2048Mi"), _object("Job")])
def test_what_keeps_data_is_not(wanted: dict[str, Any]) -> None:
    refuse_lost_data(wanted, _stored("2Gi", storageClassName="managed"), "cluster c")


@pytest.mark.parametrize(("text", "number"), [("1Gi", 2**30), ("1500M", 15 * 10**8), ("0.5Ki", 512)])
def test_sizes_are_bytes(text: str, number: int) -> None:
    assert size(text) == number


@pytest.mark.parametrize(("spec", "did"), [({}, ["Background", "apply"]), ({"clusterIP": "None"}, [])])
async def test_a_service_that_stays_headless_is_made_anew(spec: dict[str, str], did: list[str]) -> None:
    class Silent(Cluster):
        async def apply(self, kind: Kind, obj: dict[str, Any], **_: object) -> dict[str, Any]:
            return self.live if self.live is not None else await super().apply(kind, obj)

    cluster = Silent(_object("Service", clusterIP="None"))
    await _applied(cluster, _object("Service", **spec))
    assert cluster.did == did


async def test_a_job_that_failed_before_is_made_anew() -> None:
    class Kept(Cluster):
        async def apply(self, kind: Kind, obj: dict[str, Any], **_: object) -> dict[str, Any]:
            return self.live if self.live is not None else await super().apply(kind, obj)

    failed = {"status": {"conditions": [{"type": "Failed", "status": "True"}]}}
    cluster = Kept({**_object("Job"), **failed})
    said = await _applied(cluster, _object("Job"))
    assert cluster.did == ["Foreground", "apply"]
    assert said == ["replacing v1/Job/shop/web: it failed in an earlier run"]

"""What kubectl added to an object of ours is found, and the next apply takes it out."""

from typing import Any

import pytest

from cloudnative_provider.apply import Writing
from cloudnative_provider.hand_edits import added, editors, put_down_to_us, without
from cloudnative_provider.kube import Kind, KubeError
from cloudnative_provider.ledger import drifted, owned

OURS: dict[str, Any] = {
    "f:env": {'k:{"name":"COLOUR"}': {".": {}, "f:name": {}, "f:value": {}}},
    "f:image": {},
}
EXTRA: dict[str, Any] = {"f:env": {'k:{"name":"EXTRA"}': {".": {}, "f:name": {}, "f:value": {}}}}
NAME = "apps/v1/Deployment/shop/web"


def _entry(manager: str, container: dict[str, Any], **more: Any) -> dict[str, Any]:
    fields = {"f:spec": {"f:containers": {'k:{"name":"web"}': container}}}
    entry = {"manager": manager, "operation": "Update", "apiVersion": "apps/v1", "fieldsV1": fields}
    return entry | ({"operation": "Apply"} if manager == "cloudnative" else {}) | more


def _live(*entries: dict[str, Any], env: tuple[str, ...] = ("COLOUR",)) -> dict[str, Any]:
    container = {"name": "web", "image": "i", "env": [{"name": name, "value": "1"} for name in env]}
    managed = [_entry("cloudnative", OURS | {".": {}, "f:name": {}}), *entries]
    meta = {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7", "managedFields": managed}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta,
        "spec": {"containers": [container]},
    }


EDITED = _live(_entry("kubectl-set", EXTRA), env=("COLOUR", "EXTRA"))


def test_a_variable_that_kubectl_added_is_drift() -> None:
    recorded = {NAME: owned(_live())}

    assert drifted(recorded, [_live()]) == []
    assert drifted(recorded, [EDITED]) == [NAME]
    assert editors(EDITED) == "kubectl-set"


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(_entry("istio-sidecar", EXTRA), id="what a controller adds is its own"),
        pytest.param(_entry("kubectl-client-side-apply", EXTRA), id="what somebody else declares"),
        pytest.param(_entry("kubectl-set", EXTRA, subresource="scale"), id="through a subresource"),
        pytest.param(_entry("kubectl-edit", {"f:image": {}}), id="a field that is ours too"),
        pytest.param(
            _entry("kubectl-edit", {}, fieldsV1={"f:metadata": {"f:labels": {"f:team": {}}}}),
            id="a label of the object",
        ),
    ],
)
def test_what_is_no_edit_of_a_release_is_left_alone(entry: dict[str, Any]) -> None:
    assert added(_live(entry)) == {}


def test_an_object_that_is_not_ours_has_no_edits() -> None:
    live = _live(_entry("kubectl-set", EXTRA))
    live["metadata"]["managedFields"].pop(0)

    assert added(live) == {}


def test_without_its_additions_an_object_is_what_was_released() -> None:
    assert without(EDITED, added(EDITED))["spec"] == _live()["spec"]


def test_a_whole_list_and_a_value_of_a_set_are_taken_out() -> None:
    fields: dict[str, Any] = {"f:spec": {"f:list": {".": {}, 'k:{"name":"a"}': {}}, "f:set": {'v:"x"': {}}}}
    live = {"spec": {"list": [{"name": "a"}], "set": ["x", "y"], "kept": 1}}

    assert without(live, fields) == {"spec": {"set": ["y"], "kept": 1}}


def test_additions_are_put_down_to_us_so_that_the_next_apply_drops_them() -> None:
    label: dict[str, Any] = {"f:metadata": {"f:labels": {"f:team": {}}}}
    edit = _entry("kubectl-edit", EXTRA)
    edit["fieldsV1"] |= label

    ours, theirs = put_down_to_us(_live(edit))

    assert set(ours["fieldsV1"]["f:spec"]["f:containers"]['k:{"name":"web"}']["f:env"]) == {
        'k:{"name":"COLOUR"}',
        'k:{"name":"EXTRA"}',
    }
    assert theirs["fieldsV1"] == label  # a label stays theirs


class Server:
    """Applies like the API server: what is put down to us and not declared goes; loses the first race."""

    where = "cluster c"

    def __init__(self) -> None:
        self.live, self.patched = EDITED, list[dict[str, Any]]()

    async def kind(self, api_version: str, name: str, **_: object) -> Kind:
        return Kind(api_version, name, "deployments", namespaced=True)

    async def apply(self, *_: object, **__: object) -> dict[str, Any]:
        return self.live

    async def request(self, method: str, path: str, *, body: Any, **_: object) -> None:
        self.patched.append(body["metadata"])
        if len(self.patched) == 1:
            raise KubeError(409, {"message": "the object has been modified"})
        self.live = _live()


async def test_an_object_of_an_earlier_release_is_as_released_after_up() -> None:
    server, said = Server(), list[str]()
    writing = Writing(server, "dev", said.append, released={NAME})  # type: ignore[arg-type] - a fake

    answers = await writing.apply([_live()])

    assert answers == {NAME: _live()}
    assert [each["resourceVersion"] for each in server.patched] == ["7", "7"]
    assert said[-1] == f"taking back {NAME}: what kubectl-set added"


async def test_an_object_that_no_release_wrote_keeps_what_it_has() -> None:
    server = Server()

    await Writing(server, "dev", print).apply([_live()])  # type: ignore[arg-type] - a fake

    assert server.patched == []

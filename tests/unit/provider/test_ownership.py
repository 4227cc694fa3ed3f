"""Fields that somebody else owns are taken when the run was told to, and only then."""

from typing import Any

import pytest

from cloudnative_provider.apply import Writing
from cloudnative_provider.kube import Kind, KubeError
from cloudnative_provider.ownership import by_hand, take_ownership
from cloudnative_toolchain.errors import CloudnativeError

_OBJECT: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a", "namespace": "s"},
}
_CAUSE = {
    "reason": "FieldManagerConflict",
    "message": 'conflict with "kubectl-edit" using v1',
    "field": ".data.a",
}


class Contested:
    """Refuses to give `kubectl-edit`'s field away unless it is forced."""

    where = "cluster c"

    def __init__(self, status: int = 409) -> None:
        self.status, self.forced = status, list[tuple[bool, bool]]()

    async def kind(self, api_version: str, name: str, **_: object) -> Kind:
        return Kind(api_version, name, "configmaps", namespaced=True)

    async def apply(self, _: Kind, obj: Any, *, dry_run: bool = False, force: bool = False) -> Any:
        if not force:
            causes = [_CAUSE] if self.status == 409 else []
            raise KubeError(self.status, {"message": "no", "details": {"causes": causes}})
        self.forced.append((force, dry_run))
        return obj


async def test_a_conflict_is_an_error_whose_fix_takes_the_fields() -> None:
    cluster: Any = Contested()
    with pytest.raises(CloudnativeError) as refused:
        await Writing(cluster, "dev", print).apply([_OBJECT])
    assert refused.value.fix == "cloudnative up dev --take-ownership"
    assert cluster.forced == []


async def test_fields_are_taken_by_name_where_the_run_was_told_to() -> None:
    cluster, said = Contested(), list[str]()
    writing = Writing(cluster, "dev", said.append, take_ownership=True)  # type: ignore[arg-type] - a fake
    await writing.apply([_OBJECT])
    assert cluster.forced == [(True, False)]
    assert said == ["taking over v1/ConfigMap/s/a: the field manager kubectl-edit owns .data.a"]


async def test_a_refusal_that_is_no_conflict_is_never_forced() -> None:
    cluster: Any = Contested(status=403)
    with pytest.raises(CloudnativeError):
        await Writing(cluster, "dev", print, take_ownership=True).apply([_OBJECT])
    assert cluster.forced == []


@pytest.mark.parametrize(("text", "taken"), [("1", True), ("True", True), ("0", False), ("", False)])
def test_the_flag_travels_in_its_variable(text: str, taken: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDNATIVE_TAKE_OWNERSHIP", text)
    assert take_ownership() is taken


@pytest.mark.parametrize(
    ("managers", "expected"),
    [
        (["kubectl-edit"], True),
        (["kubectl", "kubectl-patch"], True),
        (["kubectl", "horizontal-pod-autoscaler"], False),
        (["kubectlish"], False),
        ([], False),
    ],
)
def test_an_edit_by_hand_is_kubectls_alone(managers: list[str], expected: bool):
    causes = [
        {"reason": "FieldManagerConflict", "message": f'conflict with "{name}" using v1', "field": ".spec"}
        for name in managers
    ]

    assert by_hand(KubeError(409, {"details": {"causes": causes}})) is expected

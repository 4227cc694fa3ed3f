"""Why a server did not take an object, as an error for people: from answers that a real server gave."""

from typing import Any

import pytest

from cloudnative_provider.apply import refusal
from cloudnative_provider.kube import KubeError

_OBJECT: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "shop"},
}


def _conflict(manager: str, field: str) -> dict[str, str]:
    return {
        "reason": "FieldManagerConflict",
        "message": f'conflict with "{manager}" using v1',
        "field": field,
    }


def test_a_conflict_names_manager_object_and_fields() -> None:
    owned = [_conflict("kubectl-edit", ".data.a"), _conflict("helm", ".data.c")]
    causes = [*owned, _conflict("kubectl-edit", ".data.b")]
    error = refusal(
        KubeError(409, {"details": {"causes": causes}}), _OBJECT, "cluster aks (koreacentral)", "dev"
    )
    assert error.code == "release.conflict"
    assert error.what == "v1/ConfigMap/shop/settings in cluster aks (koreacentral)"
    manager = "the field manager kubectl-edit owns .data.a, .data.b"
    assert error.why == f"{manager}; the field manager helm owns .data.c"
    assert error.fix == "cloudnative up dev --take-ownership"


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (403, 'configmaps "settings" is forbidden: exceeded quota', "release.denied"),
        (400, 'admission webhook "policy" denied the request', "release.denied"),
        (422, "data: Forbidden: field is immutable when `immutable` is set", "release.immutable"),
        (422, "metadata.name: Invalid value", "release.refused"),
    ],
)
def test_each_refusal_has_its_code_and_the_servers_words(status: int, message: str, code: str) -> None:
    error = refusal(KubeError(status, {"message": message}), _OBJECT, "cluster aks", "dev")
    assert error.code == code
    assert message in error.why

"""Keys, order, placeholders, secrets of objects."""

from typing import Any

import pytest

from cloudnative_provider.objects import SERVICE_LABEL, complete, key, placeholders, scaled, waves
from cloudnative_provider.removal import split


def _object(kind: str, name: str = "web", api: str = "v1", **more: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **more}


def _deployment(image: str) -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}
    return _object("Deployment", api="apps/v1", spec=spec)


@pytest.mark.parametrize(
    "name", ["apps/v1/Deployment/shop/web", "v1/Service/shop/web", "v1/Namespace/shop", "a.io/v1/X/web"]
)
def test_a_key_can_be_taken_apart(name: str) -> None:
    assert "/".join(piece for piece in split(name) if piece) == name


def test_the_key_names_version_kind_namespace_and_name() -> None:
    assert key(_deployment("x")) == "apps/v1/Deployment/shop/web"


def test_namespaces_and_definitions_come_first_and_workloads_last() -> None:
    kinds = ["Deployment", "Secret", "CustomResourceDefinition", "Namespace"]
    ordered = [[obj["kind"] for obj in wave] for wave in waves(_object(kind) for kind in kinds)]
    assert ordered == [["Namespace"], ["CustomResourceDefinition"], ["Secret"], ["Deployment"]]


def test_an_image_is_filled_in_by_digest() -> None:
    done = complete(_deployment("cloudnative-image:web"), {"web": "r/web@sha256:1"}, {})
    assert done["spec"]["template"]["spec"]["containers"][0]["image"] == "r/web@sha256:1"


def test_an_image_that_is_missing_keeps_its_placeholder() -> None:
    assert placeholders(complete(_deployment("cloudnative-image:web"), {}, {})) == {"web"}


def test_a_secret_gets_its_values_and_the_original_stays_empty() -> None:
    empty = _object("Secret", "db")
    assert complete(empty, {}, {"shop/db": {"password": "p"}})["data"] == {"password": "cA=="}
    assert "data" not in empty


@pytest.mark.parametrize(
    ("kind", "replicas", "expected"),
    [
        ("Deployment", {"web": 3}, 3),
        ("StatefulSet", {"web": 3}, 3),
        ("Deployment", {"db": 3}, 1),
        ("DaemonSet", {"web": 3}, 1),
    ],
)
def test_an_environment_says_how_many_pods(kind: str, replicas: dict[str, int], expected: int):
    obj = {"kind": kind, "metadata": {"name": "x", "labels": {SERVICE_LABEL: "web"}}, "spec": {"replicas": 1}}

    assert scaled(obj, replicas)["spec"]["replicas"] == expected
    assert obj["spec"] == {"replicas": 1}

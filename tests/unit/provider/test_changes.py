"""What a preview says about objects and fields."""

from typing import Any

import pytest

from cloudnative_provider.changes import declared_changes, field_changes, unchecked

_NAMED: dict[str, Any] = {
    "kind": "Deployment",
    "spec": {"containers": [{"name": "web", "image": "a"}], "ports": [1, 2]},
}


def test_containers_are_addressed_by_name() -> None:
    other = {"kind": "Deployment", "spec": {"containers": [{"name": "web", "image": "b"}], "ports": [1, 2]}}
    assert field_changes(_NAMED, other) == [{"path": "spec.containers[web].image", "old": "a", "new": "b"}]


def test_what_the_server_writes_is_no_change() -> None:
    written: dict[str, Any] = {
        **_NAMED,
        "status": {"x": 1},
        "metadata": {"resourceVersion": "5", "managedFields": [{}]},
    }
    assert field_changes(_NAMED, written) == []


def test_a_changed_secret_shows_that_it_changed_and_no_more() -> None:
    old, new = ({"kind": "Secret", "data": {"p": value}} for value in ("b2xk", "bmV3"))
    (change,) = field_changes(old, new)
    assert change["path"] == "data.p"
    assert "bmV3" not in str(change)


def test_without_a_cluster_hashes_tell_create_update_and_delete() -> None:
    events = unchecked({"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "0", "d": "4"})
    assert [(event["object"], event["operation"], event["checked"]) for event in events] == [
        ("a", "create", False),
        ("c", "update", False),
        ("d", "delete", False),
    ]


def test_who_may_only_read_compares_what_is_declared_and_nothing_that_a_server_fills_in() -> None:
    declared = {"kind": "Deployment", "spec": {"containers": [{"name": "web", "image": "b"}]}}

    assert declared_changes({**_NAMED, "spec": {**_NAMED["spec"], "replicas": 1}}, declared) == [
        {"path": "spec.containers[web].image", "old": "a", "new": "b"}
    ]


def test_a_secrets_change_reads_the_same_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(salt: bytes) -> list[dict[str, Any]]:
        monkeypatch.setattr("cloudnative_provider.masking._SALT", salt)
        old, new = ({"kind": "Secret", "data": {"a": one, "b": "c2FtZQ=="}} for one in ("b2xk", "bmV3"))
        return field_changes(old, new)

    assert shown(b"one") == shown(b"two")
    assert [(field["old"], field["new"]) for field in shown(b"one")] == [("[secret 1]", "[secret 2]")]

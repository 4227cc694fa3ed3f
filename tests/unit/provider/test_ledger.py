"""What the cluster remembers of an application."""

import json
from typing import Any

from cloudnative_provider.ledger import Ledger, Owned, drifted, owned, parse, render


def _live(fields: dict[str, Any], manager: str = "cloudnative", uid: str = "u") -> dict[str, Any]:
    managed = [{"manager": manager, "operation": "Apply", "fieldsV1": fields}]
    metadata = {"name": "web", "namespace": "shop", "uid": uid, "managedFields": managed}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata}


def test_a_stored_ledger_reads_as_it_was_written() -> None:
    ledger = Ledger("shop").applying(
        hash="h", number=3, bundle="r/b@x", keys=["v1/Service/shop/web"], source="3f2a (dirty)"
    )
    done = ledger.ended("succeeded", objects={"v1/Service/shop/web": Owned("u", "f")})
    assert parse("shop", render(done)) == done


def test_while_applying_old_objects_stay_known_so_that_a_killed_run_can_be_pruned() -> None:
    before = Ledger("shop", objects={"old": Owned("u", "f")})
    assert set(before.applying(hash="h", number=1, bundle="b", keys=["new"]).objects) == {"old", "new"}


def test_the_history_is_bounded_and_newest_first() -> None:
    ledger = Ledger("shop")
    for number in range(60):
        ledger = ledger.applying(hash="h", number=number, bundle="b", keys=[]).ended("succeeded")
    assert [entry.number for entry in ledger.history] == list(range(59, 9, -1))


def test_an_object_as_we_left_it_has_not_drifted() -> None:
    recorded = {"v1/Service/shop/web": owned(_live({"f:spec": {}}))}
    assert drifted(recorded, [_live({"f:spec": {}})]) == []


def test_lost_fields_new_uids_and_missing_objects_are_drift() -> None:
    recorded = {"v1/Service/shop/web": owned(_live({"f:spec": {}}))}
    for found in ([], [_live({"f:spec": {}}, uid="other")], [_live({})]):
        assert drifted(recorded, found) == ["v1/Service/shop/web"]


def test_a_field_that_somebody_adds_beside_ours_is_no_drift() -> None:
    recorded = {"v1/Service/shop/web": owned(_live({"f:spec": {}}))}
    shared = _live({"f:spec": {}})
    shared["metadata"]["managedFields"].append(
        {"manager": "x", "operation": "Update", "fieldsV1": {"f:a": {}}}
    )
    assert drifted(recorded, [shared]) == []


def test_a_ledger_from_before_sources_were_kept_is_read() -> None:
    stored = render(Ledger("shop").applying(hash="h", number=1, bundle="b", keys=[]))
    current = json.loads(stored["data"]["current"])
    del current["source"]
    stored["data"]["current"] = json.dumps(current)
    assert parse("shop", stored).current.source == ""

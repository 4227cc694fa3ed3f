"""Who is held, by what, and what lets a region go."""

from typing import Any

import pytest

from cloudnative.bundle_mode import Hold
from cloudnative.holds import Held, held, in_words, next_hold, rolled_back
from cloudnative.report import CLUSTER, RELEASE

H42, H43 = Hold(42, "", "i42"), Hold(43, "", "i43")


@pytest.mark.parametrize(
    ("target", "running", "before", "after"),
    [
        pytest.param(41, H42, None, H42, id="back from what runs"),
        pytest.param(40, H42, H43, H43, id="further back: the newest source stays the one that is held"),
        pytest.param(43, H42, H43, None, id="forward to what was rolled back"),
        pytest.param(42, H42, None, None, id="the same again holds nothing"),
        pytest.param(41, None, None, None, id="nothing runs there"),
        pytest.param(44, H42, H43, None, id="something newer"),
    ],
)
def test_hold_after_a_rollback(target: int, running: Hold | None, before: Hold | None, after: Hold | None):
    assert next_hold(target, running, before) == after


def state(**hold: Any) -> dict[str, Any]:
    inputs = {"clusterId": "c", "application": "shop", "bundle": {"number": 41.0}, **hold}
    cluster = {"type": CLUSTER, "id": "C", "inputs": {"location": "koreacentral"}}
    return {"resources": [cluster, {"type": RELEASE, "urn": "u", "inputs": inputs}]}


def test_holds_are_read_from_the_state():
    (one,) = held(state(hold={"number": 42.0, "source": "abc", "input": "i"}))

    assert one == Held("koreacentral", "shop", 41, Hold(42, "abc", "i"))
    assert one.to_dict()["rolledBack"] == {"number": 42, "source": "abc"}


def test_without_a_rollback_nothing_is_held():
    assert held(state()) == []
    assert held(None) == []


@pytest.mark.parametrize(("source", "count"), [("i42", 1), ("i44", 0), ("", 0)])
def test_only_the_source_that_was_rolled_back_is_refused(source: str, count: int):
    holds = [Held("japaneast", "shop", 41, H42), Held("westeurope", "shop", 41, Hold(42, "", ""))]

    assert len(rolled_back(holds, source)) == count


def test_regions_alike_are_told_together():
    holds = [Held(name, "shop", 41, H42) for name in ("koreacentral", "japaneast")]

    assert in_words(holds) == "koreacentral, japaneast are held at 41 (42 was rolled back)"

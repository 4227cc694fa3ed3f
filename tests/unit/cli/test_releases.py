"""History as people read it, the bundle before, and how two environments differ."""

from typing import Any

import pytest

from cloudnative.bundle_mode import BundleRef, Hold
from cloudnative.commands.history import text
from cloudnative.holds import Held
from cloudnative.promoting import differing, missing_values, promoted_bundle
from cloudnative.releases import Place, history, places, previous, regions_now
from cloudnative.report import CLUSTER, RELEASE
from cloudnative_provider.ledger import Entry, Ledger
from cloudnative_provider.region_ledgers import RegionLedger
from cloudnative_provider.stored_bundles import BundleContent, NumberedBundle
from cloudnative_toolchain.errors import CloudnativeError

HELD = Held("japaneast", "shop", 1, Hold(2, "abc", "i2"))


def _ran(number: int, minute: int, state: str = "succeeded") -> Entry:
    return Entry(state, f"h{number}", number, f"ref{number}", f"2026-11-23T12:{minute:02}:00", "", "")


def _bundle(number: int, digest: str) -> NumberedBundle:
    ref = f"acr/shop/web@sha256:{digest}"
    return NumberedBundle(number, f"acr/bundles/shop@{number}", f"h{number}", {"web": ref}, {})


BUNDLES = [_bundle(2, "b"), _bundle(1, "a")]
LEDGERS = {
    "koreacentral": RegionLedger(
        "read", Ledger("shop", current=_ran(2, 5), history=(_ran(2, 5), _ran(1, 1)))
    ),
    "japaneast": RegionLedger(
        "read", Ledger("shop", current=_ran(1, 9), history=(_ran(1, 9), _ran(2, 6), _ran(1, 2)))
    ),
    "westeurope": RegionLedger("unreachable", Ledger("shop"), "no answer"),
}


def test_history_says_what_ran_where_it_runs_and_what_is_held():
    newest, oldest = history(BUNDLES, LEDGERS, [HELD])

    assert (newest["runsIn"], newest["heldIn"]) == (["koreacentral"], [])
    assert (oldest["runsIn"], oldest["heldIn"]) == (["japaneast"], ["japaneast"])
    assert newest["changedImages"] == ["web"]
    assert [run["region"] for run in oldest["runs"]] == ["japaneast", "japaneast", "koreacentral"]


def test_a_run_that_was_cut_short_is_history_too():
    now = Ledger("shop", current=_ran(2, 5, "applying"), history=(_ran(1, 1),))

    (entry, _) = history(BUNDLES, {"koreacentral": RegionLedger("read", now)}, [])

    assert [(run["state"], run["current"]) for run in entry["runs"]] == [("applying", True)]


def test_text_says_which_regions_could_not_be_asked_and_which_are_held():
    bundles, regions = history(BUNDLES, LEDGERS, [HELD]), regions_now(LEDGERS, [HELD])

    said = text({"environment": "prod", "bundles": bundles, "regions": regions})

    assert "japaneast (held)" in said
    assert "japaneast is held at 1: 2 of abc was rolled back" in said
    assert "westeurope could not be asked (unreachable): no answer" in said


@pytest.mark.parametrize(
    ("ran", "current", "expected"),
    [
        pytest.param({"k": [_ran(3, 3), _ran(2, 2)]}, {"k": 3}, 2, id="the one before"),
        pytest.param(
            {"k": [_ran(3, 3), _ran(2, 2, "failed"), _ran(1, 1)]}, {"k": 3}, 1, id="not a failed one"
        ),
        pytest.param({"k": [_ran(3, 3)], "j": [_ran(2, 2)]}, {"k": 3, "j": 2}, 2, id="of any region"),
        pytest.param({"k": [_ran(3, 3, "failed"), _ran(2, 2)]}, {"k": 3}, 2, id="after a failure"),
        pytest.param({"k": [_ran(1, 1)]}, {"k": 1}, 0, id="nothing before"),
        pytest.param({}, {}, 0, id="nothing at all"),
    ],
)
def test_the_bundle_before(ran: dict[str, list[Entry]], current: dict[str, int], expected: int):
    assert previous(ran, current) == expected


def _state(*releases: tuple[str, str, int, dict[str, Any]]) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    for region, ref, number, more in releases:
        inputs = {
            "clusterId": region,
            "application": "shop",
            "bundle": {"ref": f"acr/bundles/shop@{ref}", "number": float(number)},
        }
        found.append({"type": CLUSTER, "id": region, "inputs": {"location": region}})
        found.append({"type": RELEASE, "urn": region, "inputs": inputs, **more})
    return {"resources": found}


def test_places_know_the_registry_and_the_clusters():
    assert places(_state(("koreacentral", "a", 1, {}), ("japaneast", "a", 1, {}))) == [
        Place("shop", "acr", {"koreacentral": "koreacentral", "japaneast": "japaneast"})
    ]


def test_what_all_regions_run_is_promoted():
    state = _state(("koreacentral", "a", 1, {}), ("japaneast", "a", 1, {}))

    assert promoted_bundle(state, places(state)[0], "staging") == BundleRef("acr/bundles/shop@a", 1)


_OTHER: Any = ("japaneast", "b", 2, {})
_FAILED: Any = ("japaneast", "a", 1, {"initErrors": ["x"]})


@pytest.mark.parametrize(
    ("second", "said"),
    [(_OTHER, "koreacentral runs 1, japaneast runs 2"), (_FAILED, "failed in japaneast")],
)
def test_what_is_not_complete_and_alike_is_not_promoted(second: Any, said: str):
    state = _state(("koreacentral", "a", 1, {}), second)

    with pytest.raises(CloudnativeError, match=said):
        promoted_bundle(state, places(state)[0], "staging")


def test_settings_that_a_release_does_not_bring_are_told():
    found = differing(
        {"name": "a", "replicas": {}, "tier": "Free"}, {"name": "b", "replicas": {}, "tier": "Std"}
    )

    assert found == [{"setting": "tier", "from": "Free", "to": "Std"}]


@pytest.mark.parametrize(
    ("before", "missing"),
    [
        (None, ["shop/api/token"]),
        ({"shop/api": {"token": {}}}, []),
        ({"shop/api": {"other": {}}}, ["shop/api/token"]),
    ],
)
def test_values_that_an_environment_lacks(before: Any, missing: list[str]):
    secrets: dict[str, Any] = {"shop/api": {"token": {}}, "shop/db": {"password": {"length": 24}}}

    def content(of: Any) -> BundleContent:
        return BundleContent("shop", "r", "h", {}, [], {}, of)

    assert missing_values(content(secrets), content(before) if before else None) == missing

"""`status` over several regions: in order, and one that does not answer hides no other."""

from typing import Any
from unittest.mock import Mock

import pytest

from cloudnative import report
from cloudnative.commands.status import in_order, seen, text, with_holds
from cloudnative.commands.up import summary
from cloudnative.commands.up import text as up_text
from cloudnative.report import CLUSTER, RELEASE
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

WAVES = [["westeurope"], ["japaneast"]]


def region(name: str) -> dict[str, Any]:
    return {"name": name, "cluster": f"aks-{name}", "id": f"/{name}", "release": 3, "objects": [], "held": []}


class FakeArm:
    """ARM that does not answer for japaneast, and knows no other cluster."""

    def __init__(self, exit_code: ExitCode = ExitCode.FAILED) -> None:
        self._exit_code = exit_code

    def get(self, resource: str, _version: str) -> None:
        if resource == "/japaneast":
            raise CloudnativeError(code="x", what="aks", why="does not answer", exit_code=self._exit_code)


def test_regions_stand_in_the_order_of_release_and_those_of_no_wave_last() -> None:
    found = in_order([region(name) for name in ("eastus", "japaneast", "westeurope")], WAVES)
    assert [(one["name"], one["wave"]) for one in found] == [
        ("westeurope", 1),
        ("japaneast", 2),
        ("eastus", 0),
    ]


def test_a_region_that_does_not_answer_says_so_and_is_not_gone() -> None:
    arm: Any = FakeArm()
    found = seen(lambda: arm, in_order([region(name) for name in ("japaneast", "westeurope")], WAVES))
    assert [one["cluster"]["state"] for one in found] == ["Missing", "Unreachable"]
    shown = text({"environment": "prod", "regions": found})
    assert "japaneast  aks-japaneast  Unreachable\naks: does not answer\n" in shown
    assert "westeurope  aks-westeurope  Missing" in shown and "wave 1" in shown


def held_region() -> dict[str, Any]:
    """A region as it is looked at, of an environment that was rolled back."""
    bundle = {"ref": "r", "number": 41}
    hold = {"number": 42, "source": "abc", "input": "i"}
    inputs = {"clusterId": "/c", "application": "shop", "bundle": bundle, "hold": hold}
    made = {"type": CLUSTER, "id": "/c", "inputs": {"location": "japaneast"}}
    return with_holds({"resources": [made, {"type": RELEASE, "urn": "u", "inputs": inputs}]})[0]


def test_a_region_that_a_rollback_holds_says_at_what_and_why() -> None:
    arm: Any = FakeArm()
    found = seen(lambda: arm, in_order([held_region(), region("westeurope")], WAVES))
    assert [len(one["held"]) for one in found] == [0, 1]
    assert found[1]["held"][0]["rolledBack"] == {"number": 42, "source": "abc"}
    shown = text({"environment": "prod", "regions": [{**found[1], "cluster": RUNNING}]})
    assert shown.splitlines()[1] == "shop is held at 41: 42 of abc was rolled back"


RUNNING: dict[str, Any] = {"name": "aks", "state": "Running", "version": "1.36", "nodes": 1}


@pytest.mark.parametrize(
    ("nodes", "said"), [(1, "1.36  1 node  release"), (3, "1.36  3 nodes  release"), (None, "1.36  release")]
)
def test_nodes_are_told_where_they_may_be_seen(nodes: int | None, said: str) -> None:
    found: dict[str, Any] = {**region("westeurope"), "services": [], "cluster": {**RUNNING, "nodes": nodes}}
    assert said in text({"environment": "prod", "regions": [found]})


def test_who_is_not_signed_in_sees_nothing() -> None:
    arm: Any = FakeArm(ExitCode.SIGN_IN)
    with pytest.raises(CloudnativeError):
        seen(lambda: arm, in_order([region("japaneast")], WAVES))


def test_an_environment_without_a_cluster_has_no_region() -> None:
    assert seen(FakeArm, []) == []  # type: ignore[arg-type]


def test_up_ends_with_a_row_for_each_region_and_what_runs_there() -> None:
    served = {**region("westeurope"), "endpoints": [{"service": "web", "url": "http://x"}]}
    other: dict[str, Any] = {**region("japaneast"), "endpoints": []}
    data: dict[str, Any] = {
        "environment": "prod", "cloud": "emulator", "changes": {"update": 1}, "seconds": 1.0,
        "release": {"number": 3, "source": ""}, "regions": [served, other], "waves": WAVES,
    }  # fmt: skip
    rows = [line.split() for line in up_text(data).splitlines()[1:4]]
    assert rows == [
        ["REGION", "WAVE", "RELEASE", "SERVICE", "URL"],
        ["westeurope", "1", "3", "web", "http://x"],
        ["japaneast", "2", "3", "-", "-"],
    ]


@pytest.mark.parametrize(("backend", "endpoints"), [("node", 1), ("simulated", 0)])
def test_up_prints_no_address_where_pods_are_simulated(
    monkeypatch: pytest.MonkeyPatch, backend: str, endpoints: int
) -> None:
    """A release knows the addresses of the real nodes that it was made on."""
    region = {
        "name": "koreacentral",
        "cluster": "aks",
        "release": 1,
        "endpoints": [{"service": "web", "url": "u"}],
    }
    monkeypatch.setattr(report, "public_regions", Mock(return_value=[region]))
    session = Mock(endpoint={"backend": backend, "backend_reason": "asked for"})
    session.config.regions = ["koreacentral"]

    (told,) = summary(session, {"resources": []}, Mock(changes={}), 1.0)["regions"]

    assert len(told["endpoints"]) == endpoints

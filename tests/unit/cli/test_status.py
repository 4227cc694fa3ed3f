"""`status` over several regions: in order, and one that does not answer hides no other."""

from typing import Any

import pytest

from cloudnative.commands.status import in_order, seen, text
from cloudnative.commands.up import text as up_text
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

WAVES = [["westeurope"], ["japaneast"]]


def region(name: str) -> dict[str, Any]:
    return {"name": name, "cluster": f"aks-{name}", "id": f"/{name}", "release": 3, "objects": []}


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

"""When a wave passes its gate: how long, what is asked of whom, and when it must pass again."""

from typing import Any

import pytest

from cloudnative_provider.bake import Bake, Verdict
from cloudnative_provider.gate import Gate
from cloudnative_provider.health_gate import changes
from cloudnative_provider.questions import Question, questions
from cloudnative_toolchain.errors import ExitCode

WAIT, PASSED, FAILED = Verdict.WAIT, Verdict.PASSED, Verdict.FAILED


@pytest.mark.parametrize(
    ("seconds", "patience", "moments", "verdicts"),
    [
        (0, 60, [(0, "")], [PASSED]),
        (10, 60, [(0, ""), (5, ""), (10, "")], [WAIT, WAIT, PASSED]),
        (0, 60, [(0, "x"), (30, "x"), (31, "")], [WAIT, WAIT, PASSED]),
        (10, 60, [(0, ""), (9, "x"), (10, ""), (19, ""), (20, "")], [WAIT, WAIT, WAIT, WAIT, PASSED]),
        (0, 5, [(0, "x"), (4, "x"), (5, "x")], [WAIT, WAIT, FAILED]),
        (60, 5, [(0, ""), (30, ""), (36, "x")], [WAIT, WAIT, FAILED]),
        (100, 60, [(t, "x" if t % 100 == 0 else "") for t in range(0, 300, 20)], [WAIT] * 14 + [FAILED]),
    ],
)
def test_a_wave_is_well_without_a_break_or_has_had_enough_trouble(
    seconds: float, patience: float, moments: list[tuple[float, str]], verdicts: list[Verdict]
) -> None:
    bake = Bake(seconds, patience)
    assert [bake.see(now, trouble) for now, trouble in moments] == verdicts


def service(name: str = "web", kind: str = "LoadBalancer", **changed: Any) -> dict[str, Any]:
    ports = changed.get("ports", [{"port": 8080}])
    address = {"ingress": [{"ip": "198.18.0.2"}]} if kind == "LoadBalancer" else {}
    return {
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop", "labels": changed.get("labels", {})},
        "spec": {"type": kind, "ports": ports},
        "status": {"loadBalancer": address},
    }


PUBLIC = "http://198.18.0.2:8080"
PROXY = "/api/v1/namespaces/shop/services"
LABELLED = {"app.kubernetes.io/name": "web"}


@pytest.mark.parametrize(
    ("services", "named", "path", "asked"),
    [
        ([service()], "", "", [Question("web", url=f"{PUBLIC}/")]),
        ([service()], "", "/readyz", [Question("web", url=f"{PUBLIC}/readyz", strict=True)]),
        ([service()], "web", "", [Question("web", url=f"{PUBLIC}/", strict=True)]),
        ([service(kind="ClusterIP")], "", "/readyz", []),
        (
            [service(kind="ClusterIP")],
            "web",
            "/up",
            [Question("web", proxy=f"{PROXY}/web:8080/proxy/up", strict=True)],
        ),
        (
            [service(kind="ClusterIP", ports=[{"port": 9, "name": "https"}])],
            "web",
            "",
            [Question("web", proxy=f"{PROXY}/https:web:9/proxy/", strict=True)],
        ),
        (
            [service("web-public", labels=LABELLED)],
            "web",
            "",
            [Question("web", url=f"{PUBLIC}/", strict=True)],
        ),
        ([service(ports=[{"port": 53, "protocol": "UDP"}])], "", "", []),
        ([service()], "api", "/", []),
    ],
)
def test_the_named_service_is_asked_strictly_else_every_public_port(
    services: list[Any], named: str, path: str, asked: list[Question]
) -> None:
    assert questions(services, named, path) == asked


@pytest.mark.parametrize(
    ("status", "strict", "lenient"), [(204, 1, 1), (302, 1, 1), (404, 0, 1), (500, 0, 0)]
)
def test_a_named_path_must_answer_well_and_any_other_must_not_break(
    status: int, strict: int, lenient: int
) -> None:
    assert bool(Question("web", url=PUBLIC, strict=True).trouble(status)) is not bool(strict)
    assert bool(Question("web", url=PUBLIC).trouble(status)) is not bool(lenient)


def test_an_answer_that_will_not_do_names_service_and_address() -> None:
    assert Question("web", url=PUBLIC, strict=True).trouble(503) == f"web answers 503 at {PUBLIC}"


INPUTS: dict[str, Any] = {
    "cloud": "emulator",
    "application": "shop",
    "wave": 1,
    "clusters": {"koreacentral": "/id/krc", "japaneast": "/id/jpe"},
    "releases": {"koreacentral": "10:00", "japaneast": "10:01"},
    "bakeSeconds": 30,
}


@pytest.mark.parametrize(
    ("changed", "paths"),
    [
        ({}, {}),
        ({"bakeSeconds": 60, "timeoutSeconds": 9, "wave": 2}, {}),
        ({"releases": {"koreacentral": "10:00", "japaneast": "11:00"}}, {'releases["japaneast"]': "update"}),
        ({"clusters": {"koreacentral": "/id/krc"}, "releases": {"koreacentral": "10:00"}}, {}),
        ({"service": "web"}, {"service": "update"}),
        ({"application": "other"}, {"application": "update-replace"}),
    ],
)
def test_a_gate_is_passed_again_when_its_wave_was_rolled_out_again(
    changed: dict[str, Any], paths: dict[str, str]
) -> None:
    assert changes(INPUTS, {**INPUTS, **changed}) == paths


def test_a_region_more_in_a_wave_asks_again() -> None:
    more = {**INPUTS["clusters"], "westeurope": "/id/weu"}
    releases = {**INPUTS["releases"], "westeurope": "10:02"}
    assert changes(INPUTS, {**INPUTS, "clusters": more, "releases": releases}) == {
        'clusters["westeurope"]': "add",
        'releases["westeurope"]': "add",
    }


def gate() -> Gate:
    return Gate("emulator", "prod", "shop", 1, "", "", 0, 5, progress=lambda _: None)


def test_a_failed_gate_says_region_cause_and_a_command() -> None:
    error = gate().failed("koreacentral", "web answers 503", "web")
    assert "koreacentral" in error.what and "wave 1" in error.what
    assert error.why.startswith("web answers 503")
    assert (error.fix, error.exit_code) == ("cloudnative logs prod web", ExitCode.RESOURCE)
    assert gate().failed("koreacentral", "no service").fix == "cloudnative status prod"

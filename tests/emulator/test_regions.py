"""Three regions in two waves on simulated clusters: what touches whom, and what a failure leaves behind."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.acceptance.project import Project, Run
from tests.emulator.live_home import eventually

from cloudnative_toolchain.programs import program

pytestmark = pytest.mark.emulator

COMPOSE = """name: shop
services:
  web:
    build: ./image
    user: "1000"
    ports: ["8080:8080"]
"""
PROD = """config:
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral, japaneast, westeurope]
  cloudnative:gate: {bake_seconds: 1, timeout_seconds: 1}
  cloudnative:on_failure: rollback
  cloudnative:application: ../compose.yaml
"""
FIRST, *OTHERS = REGIONS = ["koreacentral", "japaneast", "westeurope"]
QUOTA = ("quota", "one", "--namespace=shop")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """An application that is up in three regions."""
    folder = tmp_path_factory.mktemp("regions")
    project = Project(folder / "shop", folder / "home")
    (project.folder / "image").mkdir(parents=True)
    (project.folder / "image" / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\nUSER 1\n")
    (project.folder / "compose.yaml").write_text(COMPOSE)
    try:
        for verb in (["init"], ["emulator", "start", "--backend", "simulated"]):
            run = project.run(*verb)
            assert run.code == 0, run.err
        (project.folder / "stacks" / "Pulumi.prod.yaml").write_text(PROD)
        succeeded(project.run("up", "prod", "--yes", "--output", "json"))
        yield project
    finally:
        project.run("emulator", "reset", "--yes")


@pytest.fixture(autouse=True)
def as_written(project: Project) -> Iterator[None]:
    """The config of an environment is what a test changes; the next one finds it as it was."""
    yield
    (project.folder / "stacks" / "Pulumi.prod.yaml").write_text(PROD)


def succeeded(run: Run) -> Any:
    assert run.code == 0, run.err
    return run.json


def configured(project: Project, old: str, new: str) -> None:
    project.edit("stacks/Pulumi.prod.yaml", old, new)


def kubectl(project: Project, region: str, *arguments: str) -> str:
    file = project.folder.parent / f"kubeconfig-{region}"
    file.write_text(project.run("kubeconfig", "prod", region).out)
    file.chmod(0o600)
    command = [str(program("kubectl")), "--kubeconfig", str(file), *arguments]
    return subprocess.run(
        command, env=project.environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def running(project: Project) -> dict[str, int]:
    """Release by region, as the command tells it."""
    regions = succeeded(project.run("status", "prod", "--output", "json"))["regions"]
    return {region["name"]: region["release"] for region in regions}


def images(project: Project) -> dict[str, str]:
    """The image that really runs in each region."""
    where = ("get", "deployment", "web", "--namespace=shop", "--output=jsonpath={..image}")
    return {region: kubectl(project, region, *where) for region in REGIONS}


def planned(project: Project) -> dict[str, str]:
    """Operation by resource, of what would change."""
    found = succeeded(project.run("preview", "prod", "--output", "json"))
    return {f"{one['type'].rpartition(':')[2]} {one['name']}": one["operation"] for one in found["resources"]}


def changed(project: Project) -> None:
    with (project.folder / "image" / "Dockerfile").open("a") as file:
        file.write("# another image\n")


def test_status_has_a_block_for_each_region_in_the_order_of_release(project: Project) -> None:
    shown = project.run("status", "prod").out
    assert [line.split()[0] for line in shown.splitlines() if " aks-" in line] == REGIONS
    assert shown.count("wave 2") == 2


def test_status_is_watched_in_all_regions_until_ctrl_c(project: Project) -> None:
    with project.start("status", "prod", "--watch", "--output", "json") as process:
        assert process.stdout
        told = [json.loads(process.stdout.readline()) for _ in range(2 * len(REGIONS))]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert {(one["region"], one["service"]) for one in told} == {(r, s) for r in REGIONS for s in ("", "web")}
    assert all(one["event"] == "change" and one["was"] is None for one in told)


def test_a_region_more_leaves_the_others_untouched(project: Project) -> None:
    configured(project, "westeurope]", "westeurope, uksouth]")
    plan = planned(project)
    assert set(plan.values()) == {"create"}
    assert all("uksouth" in name for name in plan)
    assert {
        "Release shop-uksouth",
        "Replication prod-registry-uksouth",
        "ManagedCluster prod-uksouth",
    } <= set(plan)


def test_the_first_region_goes_once_the_registrys_home_is_written(project: Project) -> None:
    configured(project, "[koreacentral, ", "[")
    refused = project.run("up", "prod", "--yes")
    assert refused.code == 2 and "registry_region: koreacentral" in refused.err
    (fix,) = [line.removeprefix("fix: ") for line in refused.err.splitlines() if line.startswith("fix: ")]
    subprocess.run(shlex.split(fix), check=True)
    plan = planned(project)
    assert all(
        "koreacentral" in name or name.startswith("HealthGate")
        for name, how in plan.items()
        if how != "create"
    )
    assert not any("Registry" in name for name in plan)


def test_a_wave_that_breaks_in_one_region_goes_back_in_all_of_its_regions(project: Project) -> None:
    before, was = running(project), images(project)
    kubectl(project, "japaneast", "create", *QUOTA, "--hard=pods=1")
    changed(project)
    run = project.run("up", "prod", "--yes")
    kubectl(project, "japaneast", "delete", *QUOTA)
    assert run.code == 4
    assert f"japaneast, westeurope: release {before['japaneast']} runs again" in run.err
    assert running(project) == {**before, FIRST: max(before.values()) + 1}
    now = images(project)
    assert [now[region] for region in OTHERS] == [was[region] for region in OTHERS]
    assert now[FIRST] != was[FIRST]


def test_a_gate_can_be_interrupted_and_one_that_fails_names_region_service_and_fix(
    project: Project,
) -> None:
    before = running(project)
    configured(project, "bake_seconds: 1,", "bake_seconds: 60,")
    configured(project, "rollback", "stop")
    changed(project)
    interrupted = _when(project, "stays so for 60 s", lambda: None, stop=True)
    assert interrupted.code == 130, interrupted.err
    removal = _when(project, "stays so for 60 s", lambda: kubectl(project, FIRST, "delete", *WEB))
    assert removal.code == 4, removal.err
    error = removal.err.split("error: ")[1]
    assert f"{FIRST} did not pass the gate after wave 1" in error
    assert "Deployment web: it is not there" in error
    assert "fix: cloudnative logs prod web" in error
    assert {region: running(project)[region] for region in OTHERS} == {
        region: before[region] for region in OTHERS
    }


WEB = ("deployment", "web", "--namespace=shop")


def _when(project: Project, said: str, then: Callable[[], object], *, stop: bool = False) -> Run:
    """One `up` to its end, in which something happens as soon as `said` is on its way."""
    lines: list[str] = []
    with project.start("up", "prod", "--yes") as process:
        stream = process.stderr
        assert stream is not None
        reader = threading.Thread(target=lambda: lines.extend(iter(stream.readline, "")), daemon=True)
        reader.start()
        eventually(lambda: any(said in line for line in lines), seconds=120)
        then()
        if stop:
            process.send_signal(signal.SIGINT)
        code = process.wait(timeout=180)
        reader.join(timeout=10)
    return Run(code, "", "".join(lines))


def test_the_next_run_mends_the_region_passes_the_gate_and_goes_on(project: Project) -> None:
    up = succeeded(project.run("up", "prod", "--yes", "--output", "json"))
    assert len({region["release"] for region in up["regions"]}) == 1
    assert planned(project) == {}


def test_down_ends_with_nothing_left(project: Project) -> None:
    document = succeeded(project.run("down", "prod", "--yes", "--output", "json"))
    assert document["remaining"] == []

"""`up prod` on real clusters in three regions and two waves, its ways back, and its end (issue 4)

After `down dev`, in the same home: the images are in the builder's cache, and no other cluster runs.
"""

import time
from typing import Any

import pytest
from tests.acceptance.load import Load, fetch
from tests.acceptance.machine import Snapshot, difference, snapshot
from tests.acceptance.project import Project, url

pytestmark = pytest.mark.emulator

REGIONS = ["koreacentral", "japaneast", "westeurope"]
SITE = "samples/shipping/site"
TITLE, CHANGED = "containers, on time</title>", "containers, in time</title>"


@pytest.fixture(scope="module")
def prod(project: Project) -> Any:
    """The JSON of `up prod`, from the repository's own stacks/Pulumi.prod.yaml."""
    return up(project)


def up(project: Project, *arguments: str) -> Any:
    run = project.run("up", "prod", "--yes", "--output", "json", *arguments)
    assert run.code == 0, run.out + run.err
    return run.json


def site(result: Any, region: str) -> str:
    """The site's address in one region."""
    return url({"regions": [one for one in result["regions"] if one["name"] == region]}, "site")


def images(project: Project) -> dict[str, dict[str, str]]:
    """The image of each service by region, as it really runs."""
    run = project.run("status", "prod", "--output", "json")
    assert run.code == 0, run.out + run.err
    return {one["name"]: {s["name"]: s["image"] for s in one["services"]} for one in run.json["regions"]}


def test_the_sample_answers_in_each_region(prod: Any) -> None:
    assert [region["name"] for region in prod["regions"]] == REGIONS
    assert prod["waves"] == [REGIONS[:1], REGIONS[1:]]
    for region in REGIONS:
        assert TITLE in fetch(site(prod, region))


def test_a_release_that_breaks_in_wave_1_stays_there_and_goes_back_without_a_failed_request(
    project: Project, prod: Any
) -> None:
    before, start = images(project), project.folder / SITE / "start"
    good = start.read_text()
    start.write_text("#!/bin/sh\necho the tide is out; exit 1\n")
    with Load(site(prod, REGIONS[0]), most=20_000) as load:
        run = project.run("up", "prod", "--yes")
    start.write_text(good)
    assert run.code == 4, run.err
    error = run.err.split("error: ")[1]
    assert all(said in error for said in (REGIONS[0], "site", "the tide is out", "runs again"))
    assert not any(f"shipping-{region}" in run.err for region in REGIONS[1:])
    assert images(project) == before
    assert load.sent > 20 and load.failures == []


def test_one_region_goes_back_and_is_held_while_the_others_stay(project: Project, prod: Any) -> None:
    number = prod["release"]["number"]
    project.edit(f"{SITE}/html/index.html", TITLE, CHANGED)
    changed = up(project)
    began = time.monotonic()
    back = project.run("rollback", "prod", "--region", "japaneast", "--output", "json")
    took = time.monotonic() - began
    assert back.code == 0, back.err
    assert [CHANGED in fetch(site(changed, region)) for region in REGIONS] == [True, False, True]
    drift = project.run("drift", "prod", "--output", "json")
    assert drift.code == 0, drift.out + drift.err
    preview = project.run("preview", "prod")
    assert f"held at {number}" in preview.out + preview.err
    assert project.run("up", "prod", "--yes").code == 8
    assert took < max(
        10, changed["seconds"]
    )  # a busy machine takes longer, for the way there as for the way back


def test_down_refuses_what_is_protected_and_then_leaves_nothing(
    project: Project, prod: Any, bare_machine: Snapshot
) -> None:
    refused = project.run("down", "prod", "--yes")
    assert refused.code == 4 and "prod-registry" in refused.err
    down = project.run("down", "prod", "--yes", "--unprotect", "all", "--output", "json")
    assert down.code == 0, down.out + down.err
    assert down.json["remaining"] == []
    assert project.run("emulator", "stop").code == 0
    assert difference(bare_machine, snapshot(str(project.home))) == {}

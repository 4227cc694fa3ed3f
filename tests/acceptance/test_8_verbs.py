"""Every verb on a system that runs: what it shows, what it exits with, that looking changes nothing."""

import signal
import time
from typing import Any

import pytest
from tests.acceptance.project import Project

pytestmark = pytest.mark.emulator

PAGE = "samples/shipping/site/html/index.html"


@pytest.fixture
def changed(project: Project, first_up: Any) -> Any:
    """The project with one changed line in the site's page, put back afterwards."""
    page = project.folder / PAGE
    before = page.read_text()
    page.write_text(before.replace("</body>", "<!-- changed --></body>"))
    assert page.read_text() != before
    yield project
    page.write_text(before)


def test_status_names_every_service_and_its_pods(project: Project, first_up: Any) -> None:
    region = project.run("status", "dev", "--output", "json").json["regions"][0]
    assert region["cluster"]["state"] == "Running" and region["cluster"]["nodes"] >= 1
    assert {s["name"] for s in region["services"]} == set(first_up["release"]["images"])
    assert [s["name"] for s in region["services"] if s["ready"] != s["desired"]] == []


def test_logs_are_those_of_the_services_that_were_named(project: Project, first_up: Any) -> None:
    run = project.run("logs", "dev", "web", "--tail", "1")
    assert run.code == 0, run.err
    assert run.out and all(line.startswith("koreacentral/web-") for line in run.out.splitlines())


def test_logs_follow_until_ctrl_c(project: Project, first_up: Any) -> None:
    with project.start("logs", "dev", "web", "--follow", "--tail", "1") as process:
        try:
            assert process.stdout is not None and process.stdout.readline().startswith("koreacentral/web-")
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 130
        finally:
            process.kill()


def test_logs_of_an_unknown_service_name_those_there_are(project: Project, first_up: Any) -> None:
    run = project.run("logs", "dev", "wbe")
    assert run.code == 2 and "worker" in run.err and "fix: " in run.err


def test_kubeconfig_leads_to_the_cluster(project: Project, first_up: Any) -> None:
    assert "web" in project.kubectl("get", "deployments", "--namespace", "shipping", "--output", "name")


def test_a_preview_of_nothing_exits_with_0(project: Project, first_up: Any) -> None:
    run = project.run("preview", "dev", "--exit-code")
    assert run.code == 0, run.err
    assert "nothing would change" in run.out


def test_a_preview_shows_objects_and_fields_and_changes_nothing(changed: Project) -> None:
    pods = changed.pods()
    run = changed.run("preview", "dev", "--exit-code", "--output", "json")
    assert run.code == 10, run.err
    fields = {o["object"]: [f["path"] for f in o["fields"]] for o in run.json["objects"]}
    assert fields == {"apps/v1/Deployment/shipping/site": ["spec.template.spec.containers[site].image"]}
    assert changed.pods() == pods


def test_deploy_releases_a_change_and_touches_no_infrastructure(changed: Project) -> None:
    run = changed.run("deploy", "dev", "--output", "json")
    assert run.code == 0, run.out + run.err
    assert run.json["changes"].get("update") == 3
    assert changed.run("preview", "dev", "--exit-code").code == 0


def test_up_with_refresh_reads_what_is_there(project: Project, first_up: Any) -> None:
    project.up()
    assert not {"create", "update", "replace", "delete"} & set(project.up("--refresh")["changes"])


def test_a_second_run_is_told_who_holds_the_environment_and_unlock_ends_it(
    changed: Project, first_up: Any
) -> None:
    holder = changed.start("up", "dev", "--yes")
    lock = changed.home / "pulumi" / "locks" / "cloudnative" / "dev.lock"
    deadline = time.monotonic() + 30
    while '"engine": {' not in lock.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    second = changed.run("up", "dev", "--yes")
    assert second.code == 8 and f"pid {holder.pid}" in second.err
    identity = second.err.rsplit("--id ", 1)[1].split()[0]
    assert changed.run("unlock", "dev", "--id", identity).code == 0
    assert holder.wait(timeout=60) != 0
    holder.communicate()
    changed.up()


def test_a_bad_compose_file_stops_a_run_before_it_starts_anything(project: Project, first_up: Any) -> None:
    compose = project.folder / "samples/shipping/compose.yaml"
    before = compose.read_text()
    compose.write_text(before + "\nsevrices: {}\n")
    run = project.run("up", "dev", "--yes")
    compose.write_text(before)
    assert run.code == 2 and run.err.count("\n") <= 3, run.err
    assert run.err.startswith("error: ") and "compose.yaml:" in run.err

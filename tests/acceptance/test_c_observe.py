"""Three real regions at once: one stream of logs that loses nothing, numbers in the right region."""

import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.project import ROOT, Project

from cloudnative.observe.log_lines import SECOND, instant
from cloudnative_toolchain.programs import program

pytestmark = pytest.mark.emulator

LINES = 2400  # of each of the six pods, 167 a second: 1,000 a second in all (observed/compose.yaml)
CONFIG = """config:
  cloudnative:cloud: emulator
  cloudnative:profile: dev
  cloudnative:regions: [koreacentral, japaneast, westeurope]
  cloudnative:application: ../observed/compose.yaml
"""


@dataclass(frozen=True)
class Regions:
    """An environment of three regions with a counting workload."""

    project: Project
    up: Any

    def url(self, region: str) -> str:
        (found,) = [r for r in self.up["regions"] if r["name"] == region]
        return next(str(e["url"]) for e in found["endpoints"] if e["service"] == "web")

    def kubectl(self, region: str, *arguments: str) -> str:
        (cluster,) = [r["cluster"] for r in self.up["regions"] if r["name"] == region]
        (folder,) = self.project.home.glob(f"emulator/clusters/{cluster}-*")
        argv = [str(program("kubectl")), f"--kubeconfig={folder}/config/admin.kubeconfig", "-n", "observed"]
        return subprocess.run([*argv, *arguments], check=True, capture_output=True, text=True).stdout

    def names(self) -> list[str]:
        return [str(r["name"]) for r in self.up["regions"]]


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regions]:
    folder: Path = tmp_path_factory.mktemp("observe")
    (folder / "project").mkdir()
    project = Project.copy(folder / "project")
    (project.folder / "observed").symlink_to(ROOT / "tests/acceptance/observed")
    (project.folder / "stacks/Pulumi.dev.yaml").write_text(CONFIG)
    try:
        yield Regions(project, project.up())
    finally:
        project.run("emulator", "reset", "--yes")


@contextmanager
def load(*urls: str) -> Generator[None]:
    """Requests to these addresses, some ten a second each, while the block lasts."""
    ended = threading.Event()

    def ask(url: str) -> None:
        while not ended.wait(0.1):
            try:
                urllib.request.urlopen(url, timeout=5).close()
            except urllib.error.HTTPError:
                continue  # an error is what was asked for

    threads = [threading.Thread(target=ask, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def cut_connections(pid: int) -> int:
    """Every TCP connection of a process is reset by the kernel; how many there were."""
    shown = subprocess.run(["ss", "-Htnp"], check=True, capture_output=True, text=True).stdout
    ports = [line.split()[3].rpartition(":")[2] for line in shown.splitlines() if f"pid={pid}," in line]
    for port in ports:
        subprocess.run(["ss", "-HtK", "sport", "=", f":{port}"], check=True, capture_output=True)
    return len(ports)


def kill_api_server(regions: Regions, region: str) -> None:
    (cluster,) = [r["cluster"] for r in regions.up["regions"] if r["name"] == region]
    rows = regions.project.run("emulator", "status", "--output", "json").json["processes"]
    (pid,) = [r["pid"] for r in rows if re.fullmatch(f"{cluster}-.*/kube-apiserver", r["name"])]
    os.kill(pid, signal.SIGKILL)


def followed(regions: Regions, old: set[str]) -> tuple[list[dict[str, Any]], int]:
    """Lines of the new pods until each has said its last, and how many came before an API server died."""
    found: list[dict[str, Any]] = []
    waiting, dead_at = 6, 0
    with regions.project.start("logs", "dev", "count", "-f", "--since", "1s", "--output", "json") as process:
        try:
            assert process.stdout
            replaced = threading.Timer(2, replace_pods, (regions,))
            replaced.start()
            for text in process.stdout:
                line = json.loads(text)
                if line["pod"] in old:
                    continue
                found.append(line)
                waiting -= line["text"].endswith(f" {LINES - 1}")
                if len(found) == 2000:
                    assert cut_connections(process.pid) >= 6
                elif len(found) == 6000:
                    kill_api_server(regions, "japaneast")
                    dead_at = len(found)
                if not waiting:
                    break
        finally:
            process.kill()
    return found, dead_at


def replace_pods(regions: Regions) -> None:
    for name in regions.names():
        regions.kubectl(name, "delete", "pod", "-l", "app.kubernetes.io/name=count", "--wait=false")


def pods(regions: Regions, region: str) -> set[str]:
    names = regions.kubectl(region, "get", "pods", "-l", "app.kubernetes.io/name=count", "-o", "name")
    return {name.partition("/")[2] for name in names.split()}


def disorder(lines: list[dict[str, Any]]) -> float:
    """Seconds by which the latest line stands behind a younger one."""
    newest, worst = 0, 0
    for line in lines:
        at = instant(line["time"])
        newest, worst = max(newest, at), max(worst, newest - at)
    return worst / SECOND


@pytest.mark.timeout(400)
def test_logs_lose_and_double_nothing_and_metrics_name_the_region(regions: Regions) -> None:
    old = {pod for name in regions.names() for pod in pods(regions, name)}
    with load(regions.url("japaneast"), regions.url("westeurope") + "/broken"):
        found, dead_at = followed(regions, old)
        _metrics_name_the_region(regions.project)

    by_pod: dict[tuple[str, str], list[int]] = defaultdict(list)
    for line in found:
        by_pod[line["region"], line["pod"]].append(int(line["text"].split()[1]))
    assert sorted(region for region, _ in by_pod) == sorted([*regions.names(), *regions.names()])
    for numbers in by_pod.values():
        assert sorted(numbers) == list(range(LINES))  # none lost, none twice
        for stream in (0, 1):  # in order within standard output and within standard error
            own = [n for n in numbers if (n % 10 == 0) == (stream == 0)]
            assert own == sorted(own)
    assert disorder(found[:dead_at]) < 1


def _metrics_name_the_region(project: Project) -> None:
    deadline = time.monotonic() + 60
    while True:
        told = project.run("metrics", "dev", "web", "--output", "json", "--window", "1m").json["regions"]
        rows = {region["name"]: region["services"][0] for region in told}
        if all(rows[name]["rate"] for name in ("japaneast", "westeurope")) or time.monotonic() > deadline:
            break
        time.sleep(3)
    assert rows["japaneast"]["rate"] > 1 and rows["japaneast"]["error_ratio"] == 0
    assert rows["westeurope"]["rate"] > 1 and rows["westeurope"]["error_ratio"] > 0.9
    assert not rows["koreacentral"]["rate"]
    other = project.run(
        "metrics", "dev", "web", "--metric", "observed_request_seconds", "--output", "json"
    ).json
    rates = {region["name"]: region["services"][0]["rate"] for region in other["regions"]}
    assert rates["japaneast"] > 0 and rates["westeurope"] > 0
    assert all(row["memory"]["limit"] == 64 * 2**20 > row["memory"]["used"] > 0 for row in rows.values())


def test_one_region_alone_can_be_asked(regions: Regions) -> None:
    told = regions.project.run("logs", "dev", "--region", "japaneast", "--tail", "1", "--output", "json").out
    assert {json.loads(line)["region"] for line in told.splitlines()} == {"japaneast"}
    wrong = regions.project.run("metrics", "dev", "--region", "eastus")
    assert wrong.code == 2 and "japaneast" in wrong.err


def test_previous_shows_what_a_container_said_before_it_crashed(regions: Regions) -> None:
    with suppress(OSError):
        urllib.request.urlopen(regions.url("koreacentral") + "/crash", timeout=5)
    asked = ("logs", "dev", "web", "--region", "koreacentral", "--previous", "--output", "json")
    told, end = "", time.monotonic() + 60
    while "told to crash" not in told and time.monotonic() < end:
        told = regions.project.run(*asked).out
        time.sleep(1)
    assert "told to crash" in {json.loads(line)["text"] for line in told.splitlines()}


def test_kubelets_and_control_planes_of_all_regions_are_scraped(regions: Regions) -> None:
    planes = [f"controlplane-{name}" for name in ("apiserver", "kube-controller-manager", "kube-scheduler")]
    query = 'count by (job) (max_over_time(up{job=~"controlplane-.*|kubelet|cadvisor"}[10m]) == 1)'
    found, end = dict[str, int](), time.monotonic() + 90  # a control plane is asked once a minute
    while sum(found.values()) < 15 and time.monotonic() < end:
        told = regions.project.run("metrics", "dev", "--query", query, "--output", "json").json
        found = {one["metric"]["job"]: int(one["value"][1]) for one in told["series"]}
        time.sleep(1)
    assert found == dict.fromkeys([*planes, "cadvisor", "kubelet"], 3)


def test_the_graph_has_every_region(regions: Regions) -> None:
    drawn = regions.project.run("graph", "dev", "--output", "json").json
    assert [r["name"] for r in drawn["regions"]] == regions.names()
    assert all(drawn["svg"].count(regions.url(name)) == 1 for name in regions.names())
    assert drawn["mermaid"].count("nweb -->") == 3


def test_prometheus_comes_back_after_a_crash_and_goes_with_a_reset(regions: Regions) -> None:
    def row() -> Any:
        rows = regions.project.run("emulator", "status", "--output", "json").json["processes"]
        return next(r for r in rows if r["name"] == "prometheus")

    def gathered() -> int:
        query = "count(count_over_time(up[1h]))"
        told = regions.project.run("metrics", "dev", "--query", query, "--output", "json").json
        return int(told["series"][0]["value"][1])

    before, targets = row(), gathered()
    os.kill(before["pid"], signal.SIGKILL)
    assert gathered() >= targets > 3  # what it had gathered is still there
    assert row()["restarts"] == before["restarts"] + 1
    pid = row()["pid"]
    regions.project.run("emulator", "reset", "--yes")
    assert not Path(f"/proc/{pid}").exists()

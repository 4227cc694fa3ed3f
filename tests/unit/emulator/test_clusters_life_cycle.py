"""The life of clusters, with a back end that boots nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.unit.emulator.test_clusters_files import SYSTEM, USER, spec

from cloudnative_emulator.clusters.life_cycle import Clusters
from cloudnative_emulator.clusters.state import ClusterState
from cloudnative_emulator.ports import ClusterInfo
from cloudnative_toolchain.errors import CloudnativeError

INFO = ClusterInfo("https://127.0.0.1:1", "PEM", "issuer", "1.36.3", None)


@dataclass(eq=False)
class FakeRunning:
    cluster: ClusterState
    info: ClusterInfo = INFO


@dataclass
class FakeKind:
    """FAKE: remembers what it was asked for."""

    name: str = "fake"
    calls: list[str] = field(default_factory=list[str])
    broken: Exception | None = None
    lost: Callable[[FakeRunning], None] | None = None
    last: FakeRunning | None = None

    def versions(self) -> list[str]:
        return ["1.36.3"]

    async def boot(self, cluster: ClusterState, lost: Callable[[FakeRunning], None], /) -> FakeRunning:
        self.calls.append("boot")
        await asyncio.sleep(0)
        if self.broken:
            raise self.broken
        self.lost, self.last = lost, FakeRunning(cluster)
        return self.last

    async def converge(self, running: FakeRunning, wanted: ClusterState, /) -> None:
        self.calls.append("converge")

    async def halt(self, running: FakeRunning, /) -> None:
        self.calls.append("halt")

    async def forget(self, cluster: ClusterState, running: FakeRunning | None, /) -> None:
        self.calls.append("forget")

    def row(self, cluster: ClusterState, running: FakeRunning | None, /) -> dict[str, Any]:
        return {}

    def scraped(self, running: FakeRunning, /) -> None:
        return None


def states(clusters: Clusters[FakeRunning]) -> list[str]:
    return [row["state"] for row in clusters.rows()]


async def test_two_creates_at_once_boot_one_cluster(tmp_path: Path) -> None:
    kind = FakeKind()
    clusters = Clusters(tmp_path, kind)
    await asyncio.gather(clusters.create(spec(SYSTEM)), clusters.create(spec(SYSTEM, USER)))
    assert kind.calls == ["boot", "converge"]
    assert states(clusters) == ["running"]


async def test_a_stopped_cluster_is_shown_as_stopped_and_comes_back(tmp_path: Path) -> None:
    kind = FakeKind()
    clusters = Clusters(tmp_path, kind)
    await clusters.create(spec(SYSTEM))
    await clusters.stop(spec(SYSTEM).id)
    assert (states(clusters), clusters.info(spec(SYSTEM).id)) == (["stopped"], None)
    await clusters.start(spec(SYSTEM).id)
    assert (states(clusters), clusters.info(spec(SYSTEM).id)) == (["running"], INFO)


async def test_a_cluster_that_does_not_come_up_is_failed_with_its_cause(tmp_path: Path) -> None:
    clusters = Clusters(tmp_path, FakeKind(broken=CloudnativeError(code="x", what="node", why="no memory")))
    with pytest.raises(CloudnativeError):
        await clusters.create(spec(SYSTEM))
    (row,) = clusters.rows()
    assert (row["state"], row["failure"]) == ("failed", {"code": "x", "what": "node", "why": "no memory"})


async def test_a_failure_that_nobody_foresaw_names_the_cluster(tmp_path: Path) -> None:
    clusters = Clusters(tmp_path, FakeKind(broken=OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        await clusters.create(spec(SYSTEM))
    failure = clusters.rows()[0]["failure"]
    assert (failure["what"], failure["why"]) == ("cluster aks does not come up", "disk full")


async def test_a_cluster_that_died_is_booted_again(tmp_path: Path) -> None:
    kind = FakeKind()
    clusters = Clusters(tmp_path, kind)
    await clusters.create(spec(SYSTEM))
    assert kind.lost
    assert kind.last
    kind.lost(kind.last)
    await asyncio.gather(*clusters._revivals)
    assert kind.calls == ["boot", "halt", "boot"]


async def test_a_cluster_that_died_and_was_stopped_stays_stopped(tmp_path: Path) -> None:
    kind = FakeKind()
    clusters = Clusters(tmp_path, kind)
    await clusters.create(spec(SYSTEM))
    await clusters.stop(spec(SYSTEM).id)
    assert kind.lost
    assert kind.last
    kind.lost(kind.last)
    await asyncio.gather(*clusters._revivals)
    assert (kind.calls, states(clusters)) == (["boot", "halt"], ["stopped"])


async def test_nothing_is_left_of_a_deleted_cluster(tmp_path: Path) -> None:
    kind = FakeKind()
    clusters = Clusters(tmp_path, kind)
    await clusters.create(spec(SYSTEM))
    await clusters.delete(spec(SYSTEM).id)
    await clusters.delete(spec(SYSTEM).id)
    assert (kind.calls, clusters.rows()) == (["boot", "forget", "halt"], [])

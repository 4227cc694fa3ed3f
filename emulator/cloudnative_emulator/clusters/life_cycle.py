"""The life of clusters, the same for every back end: made, converged, stopped, started, lost, deleted."""

from __future__ import annotations

import asyncio
import logging
import shutil
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from cloudnative_emulator.clusters import state
from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudnative_emulator.clusters.state import ClusterState
    from cloudnative_emulator.monitoring.scraped import Scraped
    from cloudnative_emulator.ports import ClusterInfo, ClusterSpec

_log = logging.getLogger(__name__)


class Running(Protocol):
    """A cluster that has come up."""

    cluster: ClusterState
    info: ClusterInfo


R = TypeVar("R", bound=Running)


class Kind(Protocol[R]):
    """What the back ends differ in."""

    name: str

    def versions(self) -> list[str]:
        """Kubernetes versions it can boot."""
        ...

    async def boot(self, cluster: ClusterState, lost: Callable[[R], None], /) -> R:
        """Bring it up; nothing is left running when that fails. `lost` is told of one that died later."""
        ...

    async def converge(self, running: R, wanted: ClusterState, /) -> None:
        """Make a running cluster what `wanted` says."""
        ...

    async def halt(self, running: R, /) -> None:
        """End everything of it but its data."""
        ...

    async def forget(self, cluster: ClusterState, running: R | None, /) -> None:
        """Give back what it has outside its folder; before it is halted and its folder goes."""
        ...

    def row(self, cluster: ClusterState, running: R | None, /) -> dict[str, Any]:
        """What `status` shows of it beyond name and state."""
        ...

    def scraped(self, running: R, /) -> Scraped | None:
        """Where its metrics are; None for a cluster that is not ours to measure."""
        ...


class Clusters(Generic[R]):
    """`ports.ClusterBackend`: which clusters there are and which of them run; `kind` makes them real."""

    def __init__(self, home: Path, kind: Kind[R]) -> None:
        self.name = kind.name
        self._home, self._kind = home, kind
        self._running: dict[str, R] = {}
        self._starting: set[str] = set()
        self._failures: dict[str, CloudnativeError] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._revivals: set[asyncio.Task[None]] = set()

    def versions(self) -> list[str]:
        """Kubernetes versions that can be had."""
        return self._kind.versions()

    def info(self, cluster_id: str, /) -> ClusterInfo | None:
        """How to reach the cluster while it runs, else None."""
        running = self._running.get(state.folder_of(self._home, cluster_id).name)
        return running.info if running else None

    async def create(self, spec: ClusterSpec) -> ClusterInfo:
        """Boot the cluster, or converge the running one to `spec`."""
        folder = state.folder_of(self._home, spec.id)
        async with self._lock(folder.name):
            wanted = state.wanted(folder, spec)
            running = self._running.get(wanted.key)
            if running and state.needs_restart(running.cluster.spec, spec):
                await self._halt(wanted.key)
                running = None
            wanted.write()
            if running is None:
                return await self._boot(wanted)
            await self._kind.converge(running, wanted)
            running.cluster = wanted
            return running.info

    async def start(self, cluster_id: str, /) -> None:
        """Bring a stopped cluster back with its data."""
        folder = state.folder_of(self._home, cluster_id)
        async with self._lock(folder.name):
            kept = state.read(folder)
            if kept and kept.key not in self._running:
                kept.running = True
                kept.write()
                await self._boot(kept)

    async def stop(self, cluster_id: str, /) -> None:
        """End its processes and keep its data."""
        folder = state.folder_of(self._home, cluster_id)
        async with self._lock(folder.name):
            await self._halt(folder.name)
            if kept := state.read(folder):
                kept.running = False
                kept.write()

    async def delete(self, cluster_id: str, /) -> None:
        """Remove processes and data; quiet when it is not there."""
        folder = state.folder_of(self._home, cluster_id)
        async with self._lock(folder.name):
            if kept := state.read(folder):
                await self._kind.forget(kept, self._running.get(kept.key))
            await self._halt(folder.name)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def close(self) -> None:
        """End every cluster; they stay meant to run."""
        for task in self._revivals:
            task.cancel()
        await asyncio.gather(*(self._halt(key) for key in list(self._running)))

    def rows(self) -> list[dict[str, Any]]:
        """Each cluster for `status`."""
        return [self._row(each) for each in state.read_all(self._home)]

    def scraped(self) -> list[Scraped]:
        """Where the metrics of every running cluster are, in the order of their names."""
        running = (self._running[key] for key in sorted(self._running))
        return [found for each in running if (found := self._kind.scraped(each))]

    async def _boot(self, cluster: ClusterState) -> ClusterInfo:
        self._failures.pop(cluster.key, None)
        self._starting.add(cluster.key)
        try:
            running = self._running[cluster.key] = await self._kind.boot(cluster, self._lost)
        except Exception as error:
            self._failures[cluster.key] = _as_failure(cluster, error)
            raise
        finally:
            self._starting.discard(cluster.key)
        return running.info

    def _lost(self, running: R) -> None:
        _log.error("%s has ended; it is booted again", running.cluster.spec.name)
        task = asyncio.create_task(self._revive(running))
        self._revivals.add(task)
        task.add_done_callback(self._revivals.discard)

    async def _revive(self, lost: R) -> None:
        key = lost.cluster.key
        async with self._lock(key):
            if self._running.get(key) is lost:  # nobody stopped or deleted it meanwhile
                await self._halt(key)
                try:
                    await self._boot(lost.cluster)
                except Exception:  # noqa: BLE001 (nobody waits for this; `status` shows the failure)
                    _log.exception("%s does not come back", lost.cluster.spec.name)

    async def _halt(self, key: str) -> None:
        self._failures.pop(key, None)
        if running := self._running.pop(key, None):
            await self._kind.halt(running)

    def _row(self, cluster: ClusterState) -> dict[str, Any]:
        running, failure = self._running.get(cluster.key), self._failures.get(cluster.key)
        head = {"name": cluster.spec.name, "id": cluster.spec.id}
        word = "running" if running else condition(cluster, failed=failure is not None)
        told = {"failure": failure.to_dict()} if failure else {}
        return {**head, "state": word, **self._kind.row(cluster, running), **told}

    def _lock(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())


def condition(cluster: ClusterState, *, failed: bool) -> str:
    """What a cluster that does not run is: stopped on purpose, failed, or on its way."""
    if not cluster.running:
        return "stopped"
    return "failed" if failed else "starting"


def _as_failure(cluster: ClusterState, error: Exception) -> CloudnativeError:
    if isinstance(error, CloudnativeError):
        return error
    return CloudnativeError(
        code="emulator.cluster-failed",
        what=f"cluster {cluster.spec.name} does not come up",
        why=str(error) or type(error).__name__,
        fix="cloudnative emulator logs",
    )

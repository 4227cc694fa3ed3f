"""Waiting until every workload of a release is really ready, and telling why one is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .apply import kind_of
from .causes import Cause, Patience, alike, judge
from .kube import Kube, Object
from .objects import is_workload, key, part
from .pods import Moment, in_trouble, new_pods, restarts
from .readiness import endpoints_ready, has_rule, selects_workload, waiting_for

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_SHORTEST_PAUSE = 0.4


@dataclass
class Wait:
    """One release's wait: what is applied, what is pending, which causes were seen since when."""

    kube: Kube
    environment: str
    applied: Mapping[str, Object]
    patience: Patience
    tell: Callable[[CloudnativeError], None]
    progress: Callable[[str], None]
    redact: Callable[[str], str]
    live: dict[str, Object] = field(default_factory=dict[str, Object])
    _seen: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    _old_events: set[tuple[str, int]] | None = None
    _baseline: dict[str, int] = field(default_factory=dict[str, int])
    _late_classes: set[str] | None = None
    _said: str = ""

    async def until_ready(self, seconds: float, *, only: Collection[str] | None = None) -> dict[str, Object]:
        """The live objects when all (or `only` those) are ready; the first certain root cause ends it."""
        end = time.monotonic() + seconds
        while True:
            began = time.monotonic()
            pending = await self._pending(self.applied if only is None else only)
            if not pending:
                return self.live
            self._report(pending)
            await self._judge(pending, timed_out=began > end, seconds=seconds)
            took = time.monotonic() - began
            await asyncio.sleep(max(_SHORTEST_PAUSE, 3 * took))

    async def pending(self) -> dict[str, str]:
        """What is not ready at this moment, and why; raises the first root cause that is certain."""
        found = await self._pending(self.applied)
        if found:
            await self._judge(found, timed_out=False, seconds=0)
        return found

    async def forgive(self) -> None:
        """Whatever crashed before this moment has been judged already."""
        self._baseline |= restarts(new_pods(await self._moment(set(self.applied))))

    async def revive(self, names: Collection[str]) -> None:
        """Let pods that an earlier, failed run left in trouble start again now, not after their back-off.

        A job's pods are left alone: a job that failed was made anew.
        """
        workloads = {name for name in names if is_workload(self.applied[name])}
        moment = await self._moment({name for name in workloads if self.applied[name]["kind"] != "Job"})
        for pod in new_pods(moment):
            if in_trouble(pod):
                meta = pod["metadata"]
                kind = await kind_of(self.kube, pod)
                await self.kube.delete(kind, meta["namespace"], meta["name"], uid=meta["uid"])
        self._baseline |= restarts(new_pods(moment))

    async def _pending(self, names: Collection[str]) -> dict[str, str]:
        watched = [self.applied[name] for name in names if has_rule(self.applied[name])]
        self.live = {key(obj): obj for obj in await self._list({_group(obj) for obj in watched})}
        pending: dict[str, str] = {}
        for obj in watched:
            name = key(obj)
            live = self.live.get(name)
            generation = obj["metadata"].get("generation", 0)
            reason = waiting_for(live, generation) if live else "it is not there"
            if reason and not (obj["kind"] == "PersistentVolumeClaim" and await self._binds_later(obj)):
                pending[name] = reason
        return pending or await self._without_endpoints(watched)

    async def _without_endpoints(self, watched: list[Object]) -> dict[str, str]:
        workloads = [obj for obj in watched if is_workload(obj)]
        services = [obj for obj in self.applied.values() if obj["kind"] == "Service"]
        needed = [obj for obj in services if selects_workload(obj, workloads)]
        places = {("discovery.k8s.io/v1", "EndpointSlice", obj["metadata"]["namespace"]) for obj in needed}
        slices = await self._list(places)
        return {
            key(obj): "no endpoint is ready"
            for obj in needed
            if not endpoints_ready(_in(slices, obj), obj["metadata"]["name"])
        }

    async def _binds_later(self, claim: Object) -> bool:
        """A claim whose class waits for the first pod is judged by that pod."""
        if self._late_classes is None:
            classes = await self._list({("storage.k8s.io/v1", "StorageClass", "")})
            late = [one for one in classes if one.get("volumeBindingMode") == "WaitForFirstConsumer"]
            self._late_classes = {one["metadata"]["name"] for one in late}
            if any(part(one["metadata"], "annotations").get(_DEFAULT_CLASS) == "true" for one in late):
                self._late_classes.add("")
        return (claim["spec"].get("storageClassName") or "") in self._late_classes

    async def _judge(self, pending: Mapping[str, str], *, timed_out: bool, seconds: float) -> None:
        moment = await self._moment(pending)
        found = judge(moment, self.patience, self._baseline)
        now = time.monotonic()
        new = [cause for cause in found if self._seen.setdefault(cause.identity, now) == now]
        for cause in found:
            if now - self._seen[cause.identity] >= cause.patience:
                raise await self._error(cause)
        for cause, *others in alike(new):
            self.tell(await self._error(cause, others=len(others)))
        if timed_out:
            raise await self._timeout(pending, found, seconds)

    async def _moment(self, pending: Mapping[str, str] | set[str]) -> Moment:
        workloads = [self.live.get(name, self.applied[name]) for name in pending if name in self.applied]
        workloads = [obj for obj in workloads if is_workload(obj)]
        namespaces = {obj["metadata"]["namespace"] for obj in workloads}
        kinds = (("apps/v1", "ReplicaSet"), ("v1", "Pod"), ("v1", "Event"))
        lists = [await self._list({(*kind, namespace) for namespace in namespaces}) for kind in kinds]
        replica_sets, pods, events = lists
        claims = [obj for name, obj in self.applied.items() if name.startswith("v1/PersistentVolumeClaim/")]
        return Moment(workloads, replica_sets, pods, self._fresh(events), claims)

    def _fresh(self, events: list[Object]) -> list[Object]:
        marks = {(event["metadata"]["uid"], event.get("count") or 1) for event in events}
        if self._old_events is None:
            self._old_events = marks
        return [
            event
            for event in events
            if (event["metadata"]["uid"], event.get("count") or 1) not in self._old_events
            or event["involvedObject"].get("kind") == "Pod"
        ]

    async def _list(self, places: set[tuple[str, str, str]]) -> list[Object]:
        async def one(api_version: str, name: str, namespace: str) -> list[Object]:
            kind = await kind_of(
                self.kube,
                {"apiVersion": api_version, "kind": name, "metadata": {"name": "", "namespace": namespace}},
            )
            found = await self.kube.list(kind, namespace)
            return [{**obj, "apiVersion": api_version, "kind": name} for obj in found]

        lists = await asyncio.gather(*(one(*place) for place in sorted(places)))
        return [obj for found in lists for obj in found]

    def _report(self, pending: Mapping[str, str]) -> None:
        name, reason = next(iter(sorted(pending.items())))
        more = f" and {len(pending) - 1} more" if len(pending) > 1 else ""
        line = f"waiting for {' '.join(name.split('/')[-3::2])}: {reason}{more}"
        if line != self._said:
            self._said = line
            self.progress(line)

    async def _error(self, cause: Cause, *, others: int = 0) -> CloudnativeError:
        why = cause.why
        more = f" and {others} more" if others else ""
        if cause.logs:
            why += await self._last_lines(*cause.logs)
        return CloudnativeError(
            code=cause.code,
            what=f"{cause.where}{more} in {self.kube.where}",
            why=self.redact(why),
            fix=cause.mend(self.environment),
            exit_code=ExitCode.RESOURCE,
        )

    async def _last_lines(self, namespace: str, pod: str, container: str, previous: bool) -> str:
        text = await self.kube.logs(namespace, pod, container, previous=previous)
        text = text or await self.kube.logs(namespace, pod, container, previous=not previous)
        lines = text.rstrip().splitlines()
        return (
            "; its last lines:\n" + "\n".join(f"  {line}" for line in lines)
            if lines
            else "; it wrote nothing"
        )

    async def _timeout(
        self, pending: Mapping[str, str], found: list[Cause], seconds: float
    ) -> CloudnativeError:
        if found:
            return await self._error(found[0])
        listed = "; ".join(f"{name}: {reason}" for name, reason in sorted(pending.items())[:10])
        return CloudnativeError(
            code="release.timeout",
            what=f"{len(pending)} objects in {self.kube.where}",
            why=f"not ready after {seconds:.0f} s: {listed}",
            exit_code=ExitCode.TIMEOUT,
        )


def _group(obj: Object) -> tuple[str, str, str]:
    return obj["apiVersion"], obj["kind"], obj["metadata"].get("namespace", "")


def _in(slices: list[Object], service: Object) -> list[Any]:
    namespace = service["metadata"]["namespace"]
    return [piece for piece in slices if piece["metadata"]["namespace"] == namespace]

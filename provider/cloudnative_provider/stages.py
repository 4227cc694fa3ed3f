"""In which order a release starts its workloads: what waits for a job, or for what a job needs, comes later.

Kubernetes starts everything at once. Compose's `depends_on` travels as an annotation, and only two of its
edges make a release wait: to a job that must have succeeded, and from a job to whatever it works on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .objects import Object, is_workload, key, part

DEPENDS_ON = "cloudnative/depends-on"
_COMPLETED = "service_completed_successfully"
Edges = Mapping[
    str, Mapping[str, bool]
]  # key of a workload -> keys it depends on -> whether it waits for them


@dataclass(frozen=True)
class Stage:
    """Objects that are applied together, once those called `first` are ready."""

    objects: list[Object]
    first: frozenset[str] = frozenset()


def stages(objects: Sequence[Object]) -> list[Stage]:
    """All objects, stage by stage; one stage where nothing waits for a job."""
    edges = _edges(objects)
    levels = _levels(edges)
    found: list[Stage] = []
    for level in range(max(levels.values(), default=0) + 1):
        mine = [obj for obj in objects if levels.get(key(obj), 0) == level]
        first = {name for obj in mine for name, waits in edges.get(key(obj), {}).items() if waits}
        found.append(Stage(mine, frozenset(first)))
    return found


def _edges(objects: Sequence[Object]) -> Edges:
    """What each workload depends on; names of services that are not there (profiles, regions) say nothing."""
    workloads = [obj for obj in objects if is_workload(obj)]
    named = {(obj["metadata"].get("namespace"), obj["metadata"]["name"]): obj for obj in workloads}
    edges: dict[str, dict[str, bool]] = {}
    for obj in workloads:
        meta, mine = obj["metadata"], edges.setdefault(key(obj), {})
        for name, condition in _asked(obj).items():
            other = named.get((meta.get("namespace"), name))
            if other is not None:
                completed = condition == _COMPLETED and other["kind"] == "Job"
                mine[key(other)] = completed or obj["kind"] == "Job"
    return edges


def _asked(obj: Object) -> dict[str, str]:
    text: str = part(obj["metadata"], "annotations").get(DEPENDS_ON, "")
    named = (item.partition(":") for item in text.split(",") if item)
    return {name.strip(): condition for name, _, condition in named}


def _levels(edges: Edges) -> dict[str, int]:
    """A workload stands above what it waits for, and not below anything that it depends on."""
    levels = dict.fromkeys(edges, 0)
    for _ in range(len(edges) + 1):
        before = dict(levels)
        for name, others in edges.items():
            levels[name] = max([0, *(levels[other] + waits for other, waits in others.items())])
        if levels == before:
            return levels
    raise CloudnativeError(
        code="release.cycle",
        what=", ".join(sorted(name for name, level in levels.items() if level)),
        why=f"some of them wait for one another (annotation {DEPENDS_ON}) and could never start",
        exit_code=ExitCode.RESOURCE,
    )

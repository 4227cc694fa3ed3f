"""What people added with kubectl beside a release's own fields, and how it is taken out again.

Server-side apply removes only what its own manager once declared. So what kubectl added is first put down to
us, in the object's managedFields; the apply that follows does not declare it, and the server removes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, cast

from .kube import MANAGER, Kind, Kube, Object
from .objects import part, parts

# Not what `kubectl apply` and `create` declare (an object may have been theirs before it was ours), nor the
# mark that `kubectl rollout restart` leaves.
EDITORS = frozenset({"kubectl-edit", "kubectl-patch", "kubectl-replace", "kubectl-set"})
_ANYBODYS = ("f:metadata", "f:status")  # labels and annotations beside ours change nothing that runs
_GONE: Any = object()
Fields = Mapping[str, Any]


def added(live: Mapping[str, Any]) -> Fields:
    """The fields that only kubectl has, as a set of managedFields; empty where we own nothing."""
    edits, others = _entries(live)
    if not edits:  # nearly always; the sets of a thousand objects take a second
        return {}
    mine = [{name: below for name, below in _fields(e).items() if name not in _ANYBODYS} for e in edits]
    return _minus(_union(mine), _union(map(_fields, others)))


def editors(live: Mapping[str, Any]) -> str:
    """Who added them."""
    return ", ".join(sorted({str(entry["manager"]) for entry in _entries(live)[0]}))


def without(obj: Object, fields: Fields) -> Object:
    """The object as it is when the fields are gone."""
    return _without(obj, fields) if fields else obj


async def take_back(kube: Kube, kind: Kind, live: Object) -> None:
    """Put them down to us; 409 where somebody wrote the object meanwhile."""
    meta = live["metadata"]
    now = {"resourceVersion": meta["resourceVersion"], "managedFields": put_down_to_us(live)}
    await kube.request(
        "PATCH",
        kind.path(meta.get("namespace", ""), meta["name"]),
        body={"metadata": now},
        query={"fieldManager": MANAGER},
        content_type="application/merge-patch+json",
    )


def put_down_to_us(live: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The managedFields that say so: ours with the additions, those of kubectl without."""
    fields = added(live)
    edits = _entries(live)[0]
    found: list[dict[str, Any]] = []
    for entry in parts(live, "metadata", "managedFields"):
        left = _fields(entry)
        if entry in edits:
            left = _minus(left, fields)
        elif _is_ours(entry):
            left = _union([left, fields])
        found += [{**entry, "fieldsV1": left}] if left else []
    return found


def _entries(live: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """Those of kubectl's editing, in the version that we write in, and all others."""
    entries = parts(live, "metadata", "managedFields")
    versions = {entry.get("apiVersion") for entry in entries if _is_ours(entry)}

    def edit(entry: Mapping[str, Any]) -> bool:
        known = entry["manager"] in EDITORS and entry.get("apiVersion") in versions
        return known and not entry.get("subresource")

    return [e for e in entries if edit(e)], [e for e in entries if not edit(e)]


def _is_ours(entry: Mapping[str, Any]) -> bool:
    return entry["manager"] == MANAGER and entry["operation"] == "Apply"


def _fields(entry: Mapping[str, Any]) -> Fields:
    return part(entry, "fieldsV1")


def _union(sets: Iterable[Fields]) -> Fields:
    def both(one: Fields, other: Fields) -> Fields:
        return {name: both(one.get(name, {}), other.get(name, {})) for name in {**one, **other}}

    return reduce(both, sets, cast("Fields", {}))


def _minus(fields: Fields, others: Fields) -> Fields:
    """Leaves that only the first has, with the way to them."""
    rest = {name: _minus(below, others[name]) if name in others else below for name, below in fields.items()}
    return {name: below for name, below in rest.items() if below or name not in others}


def _without(value: Any, fields: Fields) -> Any:
    if not fields or "." in fields:
        return _GONE
    if isinstance(value, list):
        items = [(item, _below(item, fields)) for item in cast("list[Any]", value)]
        kept = [item if below is None else _without(item, below) for item, below in items]
        return [item for item in kept if item is not _GONE]
    if isinstance(value, dict):
        pairs = [(name, item, fields.get(f"f:{name}")) for name, item in cast("Object", value).items()]
        left = {name: item if below is None else _without(item, below) for name, item, below in pairs}
        return {name: item for name, item in left.items() if item is not _GONE}
    return value


def _below(item: Any, fields: Fields) -> Fields | None:
    """The set of an item of a list: by its keys (`k:{"name":"web"}`) or its value (`v:"web"`)."""
    for name, below in fields.items():
        wanted = json.loads(name[2:]) if name.startswith(("k:", "v:")) else _GONE
        if wanted == item or (
            name.startswith("k:") and isinstance(item, dict) and wanted.items() <= item.items()
        ):
            return below
    return None

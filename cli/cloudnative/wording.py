"""Events in words: what a person reads of a run, one line or two each; nothing here prints."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cloudnative.absent import NONE

CONTROL = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]"
)
QUIET = {"same", "read", "read-replacement", "discard-replaced"}
DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted the old one",
    "refresh": "read again",
    "import": "imported",
}
DOING = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "create-replacement": "creating anew",
    "delete-replaced": "deleting the old one",
    "refresh": "reading again",
    "import": "importing",
}


def clean(text: str) -> str:
    """Text of outside origin without terminal control sequences: a build log must not steer the terminal."""
    return CONTROL.sub("", text)


def short_type(token: str) -> str:
    """`azure-native:containerservice:ManagedCluster` -> `ManagedCluster`."""
    return token.rsplit(":", 1)[-1]


def name_of(event: Mapping[str, Any]) -> str:
    """The resource's own name in an event."""
    return str(event.get("urn", "")).rsplit("::", 1)[-1]


def is_real(step: Mapping[str, Any]) -> bool:
    """Whether a step is about a thing outside of the engine: no stack, provider or component."""
    return not step.get("component") and not str(step["type"]).startswith("pulumi:")


def step_line(step: Mapping[str, Any], seconds: float) -> str:
    """`creating ManagedCluster x`, `created ManagedCluster x (15.6 s)`; empty for what nobody watches."""
    operation = str(step["operation"])
    if operation in QUIET or not is_real(step):
        return ""
    what = f"{short_type(str(step['type']))} {step['name']}"
    doing = f"{DOING.get(operation, operation)} {what}"
    if step["state"] == "started":
        return doing
    return (
        f"{DONE.get(operation, operation)} {what} ({seconds:.1f} s)"
        if step["state"] == "done"
        else (f"failed: {doing} ({seconds:.1f} s)")
    )


def counts(changes: Mapping[str, int]) -> str:
    """`2 created, 18 unchanged` of an engine's summary; empty where there is nothing at all."""
    words = {**DONE, "same": "unchanged"}
    ordered = sorted(changes.items(), key=lambda change: (change[0] == "same", change[0]))
    return ", ".join(f"{n} {words.get(operation, operation)}" for operation, n in ordered)


def problem_line(problem: Mapping[str, Any]) -> str:
    """A cause as soon as it is known; what ends the run is told whole at the end, so here only named."""
    if problem.get("code") == "run.cancelled":
        return ""  # the user asked for it
    keys = ("what",) if problem.get("final") else ("what", "why")
    return clean("! " + ": ".join(str(problem[key]) for key in keys if problem.get(key)))


def planned_lines(steps: Sequence[Mapping[str, Any]], objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """A preview: resource by resource, below a release its objects; regions that are alike are told once."""
    lines: list[str] = []
    told: dict[tuple[str, ...], str] = {}
    for step in filter(is_real, steps):
        own = [change for change in objects if change.get("urn") == step["urn"]]
        fields = f"  ({', '.join(step['fields'])})" if step.get("fields") else ""
        lines.append(f"{step['operation']:<8} {short_type(str(step['type']))} {step['name']}{fields}")
        below = tuple(objects_lines(own))
        if below and below in told:
            lines.append(f"  {same_objects(len(own))} as {told[below]}")
            continue
        lines += below
        told.setdefault(below, str(step["name"]))
    return lines


def objects_lines(changes: Sequence[Mapping[str, Any]]) -> list[str]:
    """The objects of one release; that no server has checked them is said once where it holds for all."""
    if len(changes) > 1 and not any(change.get("checked", True) for change in changes):
        head = f"  {len(changes)} objects, not checked on a server: none knows them yet"
        return [head, *(line for change in changes for line in change_lines({**change, "checked": True}))]
    return [line for change in changes for line in change_lines(change)]


def change_lines(change: Mapping[str, Any]) -> list[str]:
    """One object of a release that would change, with its fields."""
    unchecked = "" if change.get("checked", True) else "  (not checked on a server)"
    lines = [f"  {change['operation']} {change['object']}{unchecked}"]
    lines += [f"      {_field(field)}" for field in change.get("fields") or NONE]
    return [clean(line) for line in lines]


def _field(field: Mapping[str, Any]) -> str:
    """`path: old -> new`; what was not there, or will not be, has a sign instead of a value."""
    old, new = (_value(field[key]) for key in ("old", "new"))
    if field["old"] is None:
        return f"+ {field['path']}: {new}"
    return f"- {field['path']}: {old}" if field["new"] is None else f"{field['path']}: {old} -> {new}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def same_objects(count: int) -> str:
    """Of a region that changes like another."""
    return "the same object" if count == 1 else f"the same {count} objects"


def counted_nodes(count: int | None) -> str:
    """`3 nodes`; nothing where whoever looks may not see them."""
    return "" if count is None else f"{count} {'node' if count == 1 else 'nodes'}"

"""The engine's JSON events, in the command's words."""

from __future__ import annotations

from typing import Any, cast

Event = dict[str, Any]


def translate(raw: dict[str, Any]) -> Event | None:
    """One event for display and decisions; None for what nobody needs."""
    if started := raw.get("resourcePreEvent"):
        return _step("started", started["metadata"])
    if done := raw.get("resOutputsEvent"):
        return _step("done", done["metadata"])
    if failed := raw.get("resOpFailedEvent"):
        return _step("failed", failed["metadata"])
    if diagnostic := raw.get("diagnosticEvent"):
        return _diagnostic(diagnostic)
    if summary := raw.get("summaryEvent"):
        changes = {operation: n for operation, n in summary["resourceChanges"].items() if n}
        return {"event": "summary", "changes": changes}
    return None


def _step(state: str, metadata: dict[str, Any]) -> Event:
    urn = str(metadata["urn"])
    event = {
        "event": "step",
        "state": state,
        "operation": metadata["op"],
        "type": metadata["type"],
        "urn": urn,
    }
    event["name"] = urn.rsplit("::", 1)[-1]
    resource: Event = metadata.get("new") or metadata.get("old") or {}
    if resource and not resource.get("custom"):  # the engine leaves out what is false
        event["component"] = True
    if changed := metadata.get("diffs") or sorted(metadata.get("detailedDiff") or {}):
        event["fields"] = list(changed)
    if state == "done" and metadata["op"] in ("update", "delete") and changed:
        event["values"] = [_values(metadata, path) for path in changed]
    return event


def _values(metadata: dict[str, Any], path: str) -> Event:
    """A field before and after; secrets the engine has masked itself."""
    return {"path": path, **{when: _at(metadata.get(when) or {}, path) for when in ("old", "new")}}


def _at(resource: Event, path: str) -> Any:
    """The value at `tags.owner` or `pools[0].count`, of the outputs, else of the inputs."""
    for part in ("outputs", "inputs"):
        here: Any = resource.get(part) or {}
        for step in path.replace("[", ".[").split("."):
            name = step.strip('["]')
            if isinstance(here, dict):
                here = cast("Event", here).get(name)
            elif isinstance(here, list) and name.isdigit() and int(name) < len(cast("list[Any]", here)):
                here = cast("list[Any]", here)[int(name)]
            else:
                here = None
        if here is not None:
            return here
    return None


def _diagnostic(diagnostic: dict[str, Any]) -> Event | None:
    text = str(diagnostic.get("message", "")).rstrip()
    if diagnostic["severity"] == "debug" or not text:
        return None
    return {
        "event": "diagnostic",
        "severity": diagnostic["severity"],
        "text": text,
        "urn": diagnostic.get("urn", ""),
    }

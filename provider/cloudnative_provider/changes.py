"""What a release would change, object by object and field by field, for previews."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from .apply import Writing, kind_of
from .kube import KubeError, Object, concurrently
from .masking import masked, numbered
from .objects import key
from .replacing import replaceable, still_headless
from .resource import Event

_SERVER_OWNED = {
    ("metadata", "managedFields"),
    ("metadata", "resourceVersion"),
    ("metadata", "generation"),
    ("metadata", "uid"),
    ("metadata", "creationTimestamp"),
    ("status",),
}
FORBIDDEN = 403
Field = dict[str, Any]
Path = tuple[str, ...]


def field_changes(old: Object, new: Object) -> list[Field]:
    """`{"path", "old", "new"}` for every leaf that differs; what the server writes by itself is left out."""
    before, after = dict(_leaves(masked(old))), dict(_leaves(masked(new)))
    found = [
        {"path": path, "old": before.get(path), "new": after.get(path)}
        for path in sorted({**before, **after})
        if before.get(path) != after.get(path)
    ]
    return numbered(found)


def declared_changes(live: Object, declared: Object) -> list[Field]:
    """The same for what an object declares alone: what it leaves out, the server fills in."""
    names = {path for path, _ in _leaves(masked(declared))}
    return [field for field in field_changes(live, declared) if field["path"] in names]


def unchecked(objects: Mapping[str, str], owned: Mapping[str, str]) -> list[Event]:
    """Changes by content hash alone, for a cluster that cannot be asked yet."""
    changed = {name: "create" if name not in owned else "update" for name in objects}
    gone = dict.fromkeys(set(owned) - set(objects), "delete")
    return [
        {"kind": "change", "object": name, "operation": operation, "fields": [], "checked": False}
        for name, operation in sorted({**changed, **gone}.items())
        if operation != "update" or objects[name] != owned[name]
    ]


async def checked(writing: Writing, objects: list[Object], waiting_images: Mapping[str, str]) -> list[Event]:
    """Changes of complete objects by a server-side dry run; objects that stay the same are left out."""
    answers = await concurrently([_one(writing, obj, waiting_images) for obj in objects])
    return [answer for answer in answers if answer is not None]


def deletions(names: list[str]) -> list[Event]:
    """Objects that a release would prune."""
    return [
        {"kind": "change", "object": name, "operation": "delete", "fields": [], "checked": True}
        for name in sorted(names)
    ]


def _one(writing: Writing, obj: Object, waiting_images: Mapping[str, str]) -> Callable[[], Any]:
    kube = writing.kube

    async def run() -> Event | None:
        name = key(obj)
        served = await kube.kind(obj["apiVersion"], obj["kind"])
        if served is None:
            return _event(name, "create", [], checked=False)
        kind = await kind_of(kube, obj)
        try:
            live = await kube.get(kind, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        except KubeError as error:
            return _unread(writing, obj, error)
        try:
            would_be = await writing.would_be(kind, obj)
        except KubeError as error:
            return _untried(writing, obj, live, error, waiting_images)
        if live is None:
            return _event(name, "create", [], checked=True)
        if still_headless(obj, would_be):
            return _event(name, "replace", [], checked=True)
        fields = [_readable(field, waiting_images) for field in field_changes(live, would_be)]
        return _event(name, "update", fields, checked=True) if fields else None

    return run


def _unread(writing: Writing, obj: Object, error: KubeError) -> Event:
    """An object that one may not even read, as Secrets are for a pull request's identity."""
    if error.status != FORBIDDEN:
        raise writing.refused(error, obj) from error
    return _event(key(obj), "update", [], checked=False)


def _untried(
    writing: Writing, obj: Object, live: Object | None, error: KubeError, waiting_images: Mapping[str, str]
) -> Event | None:
    """What a refused dry run leaves to say; who may only read compares what is declared with what is."""
    name = key(obj)
    if live is None and error.status in (404, FORBIDDEN):
        return _event(name, "create", [], checked=False)
    if live is not None and error.status == FORBIDDEN:
        fields = [_readable(field, waiting_images) for field in declared_changes(live, obj)]
        return _event(name, "update", fields, checked=False) if fields else None
    if live is not None and replaceable(obj["kind"], error):
        return _event(name, "replace", [], checked=True)
    raise writing.refused(error, obj) from error


def _event(name: str, operation: str, fields: list[Field], *, checked: bool) -> Event:
    return {"kind": "change", "object": name, "operation": operation, "fields": fields, "checked": checked}


def _readable(field: Field, waiting_images: Mapping[str, str]) -> Field:
    """An image that this run has yet to build is shown in words."""
    return {**field, "new": waiting_images.get(str(field["new"]), field["new"])}


def path_text(path: Path) -> str:
    """`spec.containers[web].image`."""
    return ".".join(path).replace(".[", "[")


def field_leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf of an object by its path; what the server writes by itself is left out."""
    if path in _SERVER_OWNED:
        return
    if isinstance(value, dict) and value:
        for name, item in cast("dict[str, Any]", value).items():
            yield from field_leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for number, item in enumerate(cast("list[Any]", value)):
            label = cast("dict[str, Any]", item).get("name") if isinstance(item, dict) else None
            yield from field_leaves(item, (*path, f"[{label or number}]"))
    else:
        yield path, value


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    return ((path_text(path), leaf) for path, leaf in field_leaves(value))

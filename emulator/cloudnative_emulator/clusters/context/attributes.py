"""What a request to a Kubernetes API server asks for, in the words of a SubjectAccessReview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_READS = ("GET", "HEAD")
_SUBRESOURCES_OF_NAMESPACES = ("status", "finalize")


def attributes_of(method: str, path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """`resourceAttributes` or `nonResourceAttributes` of a request, as an API server derives them."""
    parts = [part for part in path.split("/") if part]
    prefix = {"api": 2, "apis": 3}.get(parts[0], 0) if parts else 0
    if not prefix or len(parts) <= prefix:
        return {"nonResourceAttributes": {"path": path, "verb": method.lower()}}
    group = parts[1] if prefix == 3 else ""
    rest = parts[prefix:]
    is_watched = rest[0] == "watch" and len(rest) > 1  # the old form of ?watch=1
    namespace, rest = _namespace(rest[1:] if is_watched else rest)
    named = {
        key: value for key, value in zip(("resource", "name", "subresource"), rest, strict=False) if value
    }
    verb = "watch" if is_watched else _verb(method, query, has_name="name" in named)
    found = {"group": group, "version": parts[prefix - 1], "namespace": namespace, "verb": verb, **named}
    return {"resourceAttributes": {key: value for key, value in found.items() if value}}


def _namespace(rest: list[str]) -> tuple[str, list[str]]:
    """The namespace, and what is left of the path; a namespace itself lies in itself."""
    if rest[0] != "namespaces" or len(rest) == 1:
        return "", rest
    inside = len(rest) > 2 and rest[2] not in _SUBRESOURCES_OF_NAMESPACES
    return rest[1], rest[2:] if inside else rest


def _verb(method: str, query: Mapping[str, str], *, has_name: bool) -> str:
    if method in _READS:
        if query.get("watch", "") in ("1", "true"):
            return "watch"
        return "get" if has_name else "list"
    if method == "DELETE" and not has_name:
        return "deletecollection"
    return _VERBS.get(method, method.lower())

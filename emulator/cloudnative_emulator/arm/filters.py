"""The small part of OData that Azure's clients send in `$filter`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm.errors import ArmError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudnative_emulator.arm.store import Body

_EQUALS = re.compile(r"([\w/]+)\s+eq\s+'([^']*)'", re.IGNORECASE)
_CALL = re.compile(r"(atScope|assignedTo)\(\s*(?:'([^']*)')?\s*\)", re.IGNORECASE)
_PROPERTIES = {"principalid", "rolename", "type", "roledefinitionid"}


def terms(text: str) -> list[tuple[str, str]]:
    """`a eq 'x' and atScope()` as [("a", "x"), ("atscope", "")]; 400 for what is not understood."""
    found: list[tuple[str, str]] = []
    for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE) if text.strip() else []:
        match = _EQUALS.fullmatch(part.strip("() ")) or _CALL.fullmatch(part.strip())
        if not match:
            raise ArmError(
                400, "InvalidFilterInQueryString", f"The emulator does not understand $filter '{text}'."
            )
        found.append((match[1].lower(), match[2] or ""))
    return found


def resources(text: str) -> Callable[[Body], bool]:
    """A predicate for `/resources?$filter=...`."""
    wanted = terms(text)
    tags = {name: value for name, value in wanted if name in {"tagname", "tagvalue"}}

    def keep(body: Body) -> bool:
        plain = all(_same(_field(body, name), value) for name, value in wanted if name not in tags)
        return plain and _has_tag(body, tags)

    return keep


def properties(text: str) -> Callable[[Body], bool]:
    """A predicate for role assignments and definitions; calls such as atScope() are the caller's."""
    wanted = [(name, value) for name, value in terms(text) if name in _PROPERTIES]

    def keep(body: Body) -> bool:
        lowered = {name.lower(): value for name, value in body["properties"].items()}
        return all(_same(lowered.get(name), value) for name, value in wanted)

    return keep


def _field(body: Body, name: str) -> Any:
    if name == "resourcetype":
        return body["type"]
    if name == "resourcegroup":
        return body["id"].split("/")[4]
    return body.get(name)


def _has_tag(body: Body, tags: dict[str, str]) -> bool:
    own: dict[str, str] = body.get("tags") or {}
    if "tagname" not in tags:
        return True
    return tags["tagname"] in own and tags.get("tagvalue", own[tags["tagname"]]) == own[tags["tagname"]]


def _same(left: Any, right: str) -> bool:
    return str(left).lower() == right.lower()

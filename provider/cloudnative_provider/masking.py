"""What a preview shows of values that nobody should read over somebody's shoulder, or in a build's log."""

from __future__ import annotations

import copy
import hashlib
import os
import re
from collections.abc import Iterator
from typing import Any, cast

from .objects import Object, part

# A mark that tells two values apart within one run and says nothing about them outside of it.
_SALT = os.urandom(16)
# Variables of `environment` and `env_file` are in clear in the cluster; a preview need not print passwords.
_LIKE_A_SECRET = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
_A_PLACE = re.compile(r"_(FILE|PATH|NAME|URL)$", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@\s:]*):([^@\s]+)@")


def masked(obj: Object) -> Object:
    """A copy in which values of Secrets, and of variables called like secrets, can only be told apart."""
    hidden = copy.deepcopy(obj)
    if obj.get("kind") == "Secret":
        for place in {"data", "stringData"} & hidden.keys():
            hidden[place] = {name: _mark(text) for name, text in part(hidden, place).items()}
    for variable in _variables(hidden):
        variable["value"] = _masked(variable["name"], variable["value"])
    return hidden


def _mark(value: Any) -> str:
    return f"[secret {hashlib.sha256(_SALT + str(value).encode()).hexdigest()[:6]}]"


def _variables(value: Any) -> Iterator[dict[str, str]]:
    """Every `{"name": ..., "value": ...}` of two texts, wherever it is."""
    if isinstance(value, dict):
        entry = cast("dict[str, Any]", value)
        if isinstance(entry.get("name"), str) and isinstance(entry.get("value"), str):
            yield entry
        for item in entry.values():
            yield from _variables(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _variables(item)


def _masked(name: str, text: str) -> str:
    if text and _LIKE_A_SECRET.search(name) and not _A_PLACE.search(name):
        return _mark(text)
    return _PASSWORD_IN_URL.sub(lambda found: f"{found[1]}:{_mark(found[2])}@", text)

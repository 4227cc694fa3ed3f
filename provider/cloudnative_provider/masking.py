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
_MARK = re.compile(r"\[secret [0-9a-f]{16}\]")
# Variables of `environment` and `env_file` are in clear in the cluster; a preview need not print passwords.
# They may be read by everybody, where the preview is a comment on a public repository.
_LIKE_A_SECRET = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL|CONNECTION_?STRING"
    r"|(?<!PUBLIC)(?<!PUBLIC_)KEY$|(^|_)(PASS|PW|AUTH|DSN|JWT)$",
    re.IGNORECASE,
)
_A_PLACE = re.compile(r"_(FILE|PATH|NAME|URL)$", re.IGNORECASE)
# In any text: user:password@ of an address, a part of a connection string, a flag, a signature, a key.
_WITHIN = re.compile(
    r"(?<=://)(?P<before>[^/@\s:]*:)(?P<address>[^@\s]+)(?=@)"
    r"|(?i:(?<![a-z])(?P<name>(?:shared)?(?:account|access)key|password|passwd|pwd|secret|token|sig)=)"
    r"(?P<part>[^;&\s\"']+)"
    r"|(?P<pem>-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z))",
    re.DOTALL,
)


def masked(obj: Object) -> Object:
    """A copy in which values of Secrets, and of variables called like secrets, can only be told apart."""
    hidden = copy.deepcopy(obj)
    if obj.get("kind") == "Secret":
        for place in {"data", "stringData"} & hidden.keys():
            hidden[place] = {name: _mark(text) for name, text in part(hidden, place).items()}
    if obj.get("kind") == "ConfigMap" and "data" in hidden:
        hidden["data"] = {name: _masked(name, str(text)) for name, text in part(hidden, "data").items()}
    for variable in _variables(hidden):
        variable["value"] = _masked(variable["name"], variable["value"])
    return _everywhere(hidden)


def numbered(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Marks by their order: the same change reads the same in every run, so a comment stays as it is."""
    known: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return known.setdefault(found.group(), f"[secret {len(known) + 1}]")

    def told(value: Any) -> Any:
        return _MARK.sub(number, value) if isinstance(value, str) else value

    return [{name: told(value) for name, value in field.items()} for field in fields]


def _everywhere(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _everywhere(item) for name, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_everywhere(item) for item in cast("list[Any]", value)]
    return _WITHIN.sub(_hidden, value) if isinstance(value, str) else value


def _hidden(found: re.Match[str]) -> str:
    if found["address"]:
        return f"{found['before']}{_mark(found['address'])}"
    return f"{found['name']}={_mark(found['part'])}" if found["part"] else _mark(found["pem"])


def _mark(value: Any) -> str:
    return f"[secret {hashlib.sha256(_SALT + str(value).encode()).hexdigest()[:16]}]"


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
    like = _LIKE_A_SECRET.search(name) and not _A_PLACE.search(name)
    return _mark(text) if text and like else text

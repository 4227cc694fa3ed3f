"""`GeneratedSecret`: a random value, made once, kept encrypted in state, replaced only when asked."""

from __future__ import annotations

import secrets
import string
from typing import ClassVar

from .resource import Call, Change, Failure, Properties, Resource
from .wire import UNKNOWN, Secret, Unknown, reveal

_ALPHABET = string.ascii_letters + string.digits
_SHORTEST, _LONGEST = 8, 1024


class GeneratedSecret(Resource):
    """Letters and digits only, so that a value survives URLs, shells and connection strings."""

    token = "cloudnative:index:GeneratedSecret"  # noqa: S105 - a type's token
    optional: ClassVar = {"length": int, "keepers": dict}
    secret_outputs = frozenset({"value"})

    async def check(self, call: Call) -> tuple[Properties, list[Failure]]:
        """Length 32 unless said otherwise."""
        length = reveal(call.news.get("length", 32))
        kept = {**call.news, "length": length}
        if isinstance(length, Unknown) or (isinstance(length, int) and _SHORTEST <= length <= _LONGEST):
            return kept, []
        return kept, [Failure("length", f"must be from {_SHORTEST} to {_LONGEST}")]

    async def diff(self, call: Call) -> Change:
        """Another length or other keepers mean another value."""
        changed = [key for key in ("length", "keepers") if call.inputs.get(key) != call.old.get(key)]
        return Change(dict.fromkeys(changed, "update-replace"))

    async def create(self, call: Call) -> tuple[str, Properties]:
        """A value of cryptographic randomness; the id tells nothing about it."""
        if call.preview:
            return "", {**call.news, "value": Secret(UNKNOWN)}
        value = "".join(secrets.choice(_ALPHABET) for _ in range(call.inputs["length"]))
        return secrets.token_hex(8), {**call.news, "value": Secret(value)}

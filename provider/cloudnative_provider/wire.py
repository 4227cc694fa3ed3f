"""Pulumi's property values as plain Python and back: secrets, unknowns and assets keep their marks.

A secret inside a structure stays where it is: `reveal` gives the plain copy that a resource works with, while
the marked copy is what goes back to the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from google.protobuf import struct_pb2

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  a mark, not a secret
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
COMPUTED = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_COMPUTED = {
    COMPUTED,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}


class Unknown:
    """A value that this preview cannot know; `UNKNOWN` is the only one."""

    def __repr__(self) -> str:
        return "[unknown]"

    def __deepcopy__(self, memo: object) -> Unknown:
        return self

    def __copy__(self) -> Unknown:
        return self


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that the engine must encrypt; its text never shows the value."""

    value: Any

    def __repr__(self) -> str:
        return "[secret]"


@dataclass(frozen=True)
class Asset:
    """A file or text that travels by content hash; `path` may be stale, the hash is what is compared."""

    hash: str
    path: str = ""
    text: str | None = None

    def read(self) -> bytes:
        """The content, from the text or from the file of this run."""
        return self.text.encode() if self.text is not None else Path(self.path).read_bytes()


def decode(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Properties as marked Python values: `Secret`, `UNKNOWN` and `Asset` where the engine said so."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Marked Python values as the engine's Struct; `None` at the top level is left out."""
    return struct_pb2.Struct(
        fields={key: _encode(value) for key, value in properties.items() if value is not None}
    )


def reveal(value: Any) -> Any:
    """The same structure with secrets in clear; for use, never for output."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [reveal(item) for item in cast("list[Any]", value)]
    return value


def known(value: Any) -> bool:
    """True when nothing at any depth waits for another resource."""
    if isinstance(value, Unknown):
        return False
    if isinstance(value, Secret):
        return known(value.value)
    if isinstance(value, dict):
        return all(known(item) for item in cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return all(known(item) for item in cast("list[Any]", value))
    return True


def _decode(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _decode_struct(value.struct_value)
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return UNKNOWN if value.string_value in _COMPUTED else value.string_value
    return value.bool_value if kind == "bool_value" else None


def _decode_struct(struct: struct_pb2.Struct) -> Any:
    fields = struct.fields
    signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if not signature:
        return decode(struct)
    plain = {key: _decode(value) for key, value in fields.items() if key != SIGNATURE}
    if signature == SECRET:
        return Secret(plain.get("value"))
    if signature == OUTPUT:
        inner = plain.get("value", UNKNOWN)
        return Secret(inner) if plain.get("secret") else inner
    if signature == RESOURCE:
        return plain.get("id") or plain.get("urn")
    if signature == ASSET:
        return Asset(hash=plain.get("hash", ""), path=plain.get("path", ""), text=plain.get("text"))
    raise ValueError(f"a value of this kind is not accepted here (signature {signature})")


def _encode(value: Any) -> struct_pb2.Value:  # noqa: PLR0911  one line per kind of value
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=COMPUTED)
    if isinstance(value, Secret):
        return _signed(SECRET, {"value": value.value})
    if isinstance(value, Asset):
        return _signed(ASSET, {"hash": value.hash, "path": value.path or None, "text": value.text})
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value).items()
        fields = {key: _encode(item) for key, item in entries}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    items = [_encode(item) for item in cast("list[Any]", value)]
    return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))


def _signed(signature: str, fields: dict[str, Any]) -> struct_pb2.Value:
    kept = {key: _encode(item) for key, item in fields.items() if item is not None or key == "value"}
    kept[SIGNATURE] = struct_pb2.Value(string_value=signature)
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=kept))

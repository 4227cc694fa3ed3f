"""What a plain scalar is: the YAML 1.2 core schema, or YAML 1.1 as Kubernetes reads it."""

import re
from enum import Enum

from .nodes import Kind, Plain, Scalar

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_YES_NO = {
    text: value
    for word, value in {"y": True, "yes": True, "on": True, "n": False, "no": False, "off": False}.items()
    for text in (word, word.capitalize(), word.upper())
}
_LEGACY_OCTAL = re.compile(r"[-+]?0[0-7]+")


class Dialect(Enum):
    """Which words are booleans and which digits are octal."""

    CORE = "YAML 1.2"
    KUBERNETES = "YAML 1.1 as kubectl reads it: `no` is false, `0644` is octal"


def kind_of(text: str, dialect: Dialect) -> Kind:
    """What an unquoted, untagged scalar is taken for."""
    if text in _NULL:
        return "null"
    if text in _BOOL or (dialect is Dialect.KUBERNETES and text in _YES_NO):
        return "bool"
    if _INT.fullmatch(text):
        return "int"
    return "float" if _FLOAT.fullmatch(text) else "str"


def value_of(scalar: Scalar, dialect: Dialect = Dialect.CORE) -> Plain:
    """The scalar as a Python value."""
    if scalar.kind == "bool":
        return _BOOL[scalar.text] if scalar.text in _BOOL else _YES_NO[scalar.text]
    if scalar.kind == "int":
        return _integer(scalar.text, dialect)
    if scalar.kind == "float":
        return float(scalar.text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return None if scalar.kind == "null" else scalar.text


def _integer(text: str, dialect: Dialect) -> int:
    if dialect is Dialect.KUBERNETES and _LEGACY_OCTAL.fullmatch(text):
        return int(text, 8)
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)

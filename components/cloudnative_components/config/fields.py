"""Types of config fields that keep what was written: `1.30` is text where text is asked for."""

from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from .nodes import Scalar, type_names
from .scalars import value_of


def _text(value: object) -> object:
    if isinstance(value, Scalar) and value.kind != "null":
        return value.text
    if isinstance(value, Scalar | dict | list):
        raise PydanticCustomError("string_type", "not text")
    return value


def _number(value: object) -> object:
    return _of_kind(value, "int")


def _flag(value: object) -> object:
    return _of_kind(value, "bool")


def _of_kind(value: object, kind: str) -> object:
    if not isinstance(value, Scalar):
        return value
    if value.kind != kind:
        quoted = " (quoted)" if value.kind == "str" and value.text.lstrip("-").isdigit() else ""
        words = {"expected": type_names[kind], "found": value.describe() + quoted}
        raise PydanticCustomError("wrong_type", "must be {expected}, not {found}", words)
    return value_of(value)


def _path(value: object, info: ValidationInfo) -> object:
    text = _text(value)
    if not isinstance(text, str):
        return text
    if not text.strip():
        raise PydanticCustomError("empty_path", "is empty; it names a file or folder")
    context = cast("dict[str, Path]", info.context or {})
    return Path(context.get("folder", Path()), text).resolve()


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, Scalar | str | Path) else value


AsText = BeforeValidator(_text)
Text = Annotated[str, AsText]
WholeNumber = Annotated[int, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(_flag)]
FilePath = Annotated[Path, BeforeValidator(_path)]


def one_or_many(item: Any) -> BeforeValidator:
    """A list for which one item may stand alone; `item` is what the schema shows (Any: a typing form)."""
    return BeforeValidator(_one_or_many, json_schema_input_type=item | list[item])

"""How a Helm chart of the application is rendered: release name, namespace, values."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from .fields import FilePath, Text, one_or_many
from .nodes import PathPart, Scalar
from .scalars import value_of

RELEASE_NAME = r"^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$"


def _values(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {key: _plain(item, (key,)) for key, item in cast("Mapping[str, object]", value).items()}


def _plain(value: object, path: tuple[PathPart, ...]) -> object:
    """The value as the chart gets it; a number that would lose a zero on the way is an error."""
    if isinstance(value, dict):
        entries = cast("Mapping[str, object]", value)
        return {key: _plain(item, (*path, key)) for key, item in entries.items()}
    if isinstance(value, list):
        return [_plain(item, (*path, at)) for at, item in enumerate(cast("Sequence[object]", value))]
    if isinstance(value, Scalar):
        return _number(value, path) if value.kind == "float" else value_of(value)
    # the plugin protocol has no whole numbers
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(value: Scalar, path: tuple[PathPart, ...]) -> object:
    number = cast("float", value_of(value))
    if not math.isfinite(number) or (value.text.endswith("0") and "e" not in value.text.lower()):
        words = {"written": value.text, "path": path}
        raise PydanticCustomError(
            "lossy_number", '{written} would reach the chart as another number; quote it: "{written}"', words
        )
    return int(number) if number.is_integer() else number


Values = Annotated[dict[str, Any], BeforeValidator(_values, json_schema_input_type=dict[str, Any])]


class Chart(BaseModel):
    """What one chart is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    release_name: Annotated[Text, Field(pattern=RELEASE_NAME)] | None = None
    namespace: Annotated[Text, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")] | None = None
    value_files: Annotated[list[FilePath], one_or_many(FilePath)] = Field(default_factory=list[FilePath])
    values: Values = Field(default_factory=dict[str, Any])
    api_versions: list[Text] = Field(default_factory=list[str])


# without a tag; what follows the last slash becomes the service
_IMAGE = r"^([a-z0-9][-a-z0-9._:]*/)*[a-z0-9]([-a-z0-9._]{0,61}[a-z0-9])?$"
ImageName = Annotated[Text, Field(pattern=_IMAGE)]
ChartName = Annotated[Text, Field(pattern=r"^[A-Za-z0-9][-A-Za-z0-9_.]{0,249}$")]
Charts = dict[ChartName, Chart]

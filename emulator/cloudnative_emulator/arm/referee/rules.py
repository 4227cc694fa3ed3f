"""The independent referee of request bodies: Microsoft's own models decide what ARM would understand."""

from __future__ import annotations

import functools
import logging
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, cast

from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.referee.tables import known, nearest
from cloudnative_emulator.arm.referee.walk import problems

if TYPE_CHECKING:
    from cloudnative_emulator.arm.referee.tables import Shape, Table

_log = logging.getLogger(__name__)
_OWN_NAME = ("id", "name", "type")


def check(
    resource_type: str,
    version: str,
    body: Any,
    resource_id: str,
    *,
    partial: bool = False,
    stored: dict[str, Any] | None = None,
) -> None:
    """400 with the path of the first fault, all of them in `details`; types without a model pass, logged.

    What is read-only may come back as a GET of `stored` showed it: `az resource tag` sends whole documents.
    """
    if not isinstance(body, dict):
        raise ArmError(
            400, "InvalidRequestContent", "The request content was invalid: expected a JSON object."
        )
    judge = _judge(resource_type.lower(), version)
    if judge is None:
        return
    sent = _without_own_name(body, resource_id)  # pyright: ignore[reportUnknownArgumentType] - JSON, told apart at run time
    found = problems(judge[0], _news(judge[0], sent, stored or {}), partial=partial)
    if found:
        details = [
            {"code": "InvalidProperty", "message": text, "target": text.split(":")[0]} for text in found
        ]
        text = (
            f"The request content was invalid and could not be deserialized: {'; '.join(found)}. "
            f"(Judged by the models of API {judge[1]}.)"
        )
        raise ArmError(400, "InvalidRequestContent", text, target=details[0]["target"], details=details)


def writable(resource_type: str, body: dict[str, Any]) -> dict[str, Any]:
    """The parts of a stored document that a PUT may send back: all that no version calls read-only."""
    kept = {name: value for name, value in body.items() if name not in {*_OWN_NAME, "systemData"}}
    models = known(resource_type.partition("/")[0])
    versions = models.versions(resource_type)
    return _strip(models.table(resource_type, versions[-1]), kept) if versions else kept


@functools.cache
def _judge(resource_type: str, version: str) -> tuple[Table, str] | None:
    """The table that judges a type in that api-version, and the version it is of; logged once each."""
    models = known(resource_type.partition("/")[0])
    versions = models.versions(resource_type)
    if not versions:
        _log.warning("%s is stored unchecked: no azure-mgmt model of it is known", resource_type)
        return None
    judge = nearest(versions, version)
    if judge != version:
        _log.info("%s %s is judged by the models of %s", resource_type, version, judge)
    return models.table(resource_type, judge), judge


def _news(described: Table, sent: Any, stored: Any) -> Any:
    """What was sent, without what is read-only and says what is stored anyway."""
    if not (isinstance(sent, dict) and isinstance(stored, dict)):
        return cast("Any", sent)
    kept: dict[str, Any] = {}
    before: dict[str, Any] = stored  # pyright: ignore[reportUnknownVariableType] - JSON, told apart at run time
    for name, value in cast("dict[str, Any]", sent).items():
        key = described.keys.get(name)
        if key and key.read_only and name in before and before[name] == value:
            continue
        kept[name] = _news_below(key.shape, value, before.get(name)) if key else value
    return kept


def _news_below(shape: Shape, sent: Any, stored: Any) -> Any:
    if shape.of:
        return _news(shape.of, sent, stored)
    inner = shape.items and shape.items.of
    if inner and isinstance(sent, list) and isinstance(stored, list):
        pairs = zip_longest(
            cast("list[Any]", sent), cast("list[Any]", stored)[: len(cast("list[Any]", sent))]
        )
        return [_news(inner, *pair) for pair in pairs]
    if inner and isinstance(sent, dict) and isinstance(stored, dict):
        known = cast("dict[str, Any]", stored)
        return {
            name: _news(inner, value, known.get(name)) for name, value in cast("dict[str, Any]", sent).items()
        }
    return cast("Any", sent)


def _strip(described: Table, body: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in body.items():
        key = described.keys.get(name)
        if not (key and key.read_only):
            shape = key and key.shape
            inner = shape and (shape.of or (shape.items and shape.items.of))
            kept[name] = _strip_value(inner, value, each=bool(shape and shape.items)) if inner else value
    return kept


def _strip_value(described: Table, value: Any, *, each: bool) -> Any:
    if isinstance(value, list):
        return [_strip(described, item) for item in value]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON, told apart at run time
    if not isinstance(value, dict):
        return value
    if each:
        return {name: _strip(described, item) for name, item in value.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
    return _strip(described, value)  # pyright: ignore[reportUnknownArgumentType] - JSON


def _without_own_name(body: dict[str, Any], resource_id: str) -> dict[str, Any]:
    """ARM takes a resource's own id, name and type when they say what the URL says."""
    own = {"id": resource_id.lower(), "name": resource_id.rsplit("/", 1)[-1].lower()}
    return {
        name: value for name, value in body.items()
        if not (name in own and str(value).lower() == own[name]) and name != "type"
    }  # fmt: skip

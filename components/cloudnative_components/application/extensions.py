"""The `x-cloudnative` keys of a compose file, typed and strict."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from cloudnative_toolchain.errors import ConfigError

from ..config.nodes import PathPart
from ..config.suggest import did_you_mean
from .model import Json
from .places import Places

KEY = "x-cloudnative"
Port = Annotated[int, Field(ge=1, le=65535)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class HttpProbe(_Strict):
    """GET `path` on `port` must answer 200 to 399; `port` defaults to the service's own."""

    path: Annotated[str, Field(pattern=r"^/")] = "/"
    port: Port | None = None


class Probes(_Strict):
    """HTTP probes in place of the health check's command; the timing stays the health check's."""

    readiness: HttpProbe | None = None
    liveness: HttpProbe | None = None
    startup: HttpProbe | None = None


class Metrics(_Strict):
    """Where Prometheus reads the service's metrics; `port` defaults to the service's own."""

    path: Annotated[str, Field(pattern=r"^/")] = "/metrics"
    port: Port | None = None


class ServiceExtension(_Strict):
    """`x-cloudnative` of a service."""

    public: bool | None = (
        None  # an address outside of the cluster; default: emulator as `ports` says, azure no
    )
    port: Port | None = None  # the port that serves, where `ports` and `expose` leave it open
    run_as_root: bool = (
        False  # lets the service run as root; weakens the namespace's Pod Security to `baseline`
    )
    placement: str | None = None  # `each` region has its own data, or the one region that has it
    probes: Probes = Probes()
    metrics: Metrics | None = None  # that Prometheus scrapes its pods, and where


class VolumeExtension(_Strict):
    """`x-cloudnative` of a named volume."""

    size: Annotated[str, Field(pattern=r"^[1-9][0-9]*(Mi|Gi|Ti)$")] = "8Gi"  # of each claim
    storage_class: str | None = None  # default: the cluster's own default class


class Generate(_Strict):
    """A value made once and kept."""

    length: Annotated[int, Field(ge=16, le=256)] = 32  # characters; 32 of 62 letters and digits are 190 bits


class SecretExtension(_Strict):
    """`x-cloudnative` of a secret."""

    generate: Generate | None = None


Extension = TypeVar("Extension", bound=_Strict)


def read_extension(model: type[Extension], data: Json, path: Sequence[PathPart], places: Places) -> Extension:
    """The extension of one part of a compose file, with its defaults."""
    try:
        return model.model_validate(data.get(KEY) or {})
    except ValidationError as error:
        raise _explain(error.errors(include_url=False)[0], model, (*path, KEY), places) from None


def _explain(
    detail: ErrorDetails, model: type[BaseModel], path: Sequence[PathPart], places: Places
) -> ConfigError:
    full = (*path, *detail["loc"])
    if detail["type"] == "extra_forbidden":
        key = str(detail["loc"][-1])
        allowed = sorted(_model_at(model, detail["loc"][:-1]).model_fields)
        why = f"unknown key {key!r}{did_you_mean(key, allowed) or '.'} Allowed: {', '.join(allowed)}"
        return places.error("application.extension", full, why=why, fix=f"delete or correct the key {key!r}")
    why = f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {detail['input']!r}"
    return places.error("application.extension", full, why=why, fix=f"correct {places.at(*full)}")


def _model_at(model: type[BaseModel], path: Sequence[Any]) -> type[BaseModel]:
    """The model that a path of field names leads to (Any: pydantic's own location parts)."""
    for part in path:
        found = model.model_fields[str(part)].annotation
        candidates = getattr(found, "__args__", (found,))
        model = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return model

"""What compose allows and Kubernetes, or several regions, do not: found before anything is built."""

from collections.abc import Sequence

from ..config import EnvironmentConfig
from ..config.suggest import did_you_mean
from .model import Json, mapping
from .names import SERVICE_NAME, object_name
from .places import Places
from .ports import published
from .service import Service


def check(services: Sequence[Service], project: Json, environment: EnvironmentConfig, places: Places) -> None:
    """The first fault of the application as a ConfigError."""
    for service in services:
        _name(service)
        _mode(service)
        _placement(service, environment)
    _ports([service for service in services if not service.one_shot])
    _public_names(services)
    for kind in ("volumes", "secrets", "configs"):
        _distinct(kind, project, places)


def check_names(names: Sequence[str], known: Sequence[str], key: str) -> str | None:
    """Why a setting that names services is wrong, None where it is right."""
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or "."
            return f"{key} names {name!r}, which is no service{hint} Services: {', '.join(known)}"
    return None


def _name(service: Service) -> None:
    if SERVICE_NAME.fullmatch(service.name):
        return
    better = object_name(service.name)
    better = better if better[0].isalpha() else f"s-{better}"
    raise service.error(
        "application.service-name",
        why="Kubernetes makes it a host name: 1 to 50 of a-z, 0-9 and -, starting with a letter",
        fix=f"call the service {better}, also where others name it",
    )


def _mode(service: Service) -> None:
    if service.get("deploy", {}).get("mode") == "global-job":
        raise service.error(
            "application.one-shot",
            "deploy",
            "mode",
            why="a job on every node is not supported; it would be started for ever",
            fix="write `mode: replicated-job`",
        )


def place_of(service: Service, environment: EnvironmentConfig) -> str | None:
    """Where the service runs: the environment's word, else the compose file's."""
    return environment.placement.get(service.name, service.extension.placement)


def _placement(service: Service, environment: EnvironmentConfig) -> None:
    chosen = place_of(service, environment)
    allowed = ("each", *environment.regions)
    if chosen is not None and chosen not in allowed:
        raise service.error(
            "application.placement",
            "x-cloudnative",
            "placement",
            why=f"{chosen!r} is not one of {', '.join(allowed)}{did_you_mean(chosen, allowed)}",
            fix="write `x-cloudnative: {placement: each}`, or a region of the environment",
        )
    if chosen is None and service.claims and len(environment.regions) > 1:
        raise service.error(
            "application.placement",
            "volumes",
            why=f"it keeps data and {environment.name} has {len(environment.regions)} regions: "
            "each would have data of its own, without a word to the others",
            fix=f"write `x-cloudnative: {{placement: {environment.regions[0]}}}`, or `placement: each`",
        )


def _ports(services: Sequence[Service]) -> None:
    taken: dict[tuple[int, str], tuple[str, int]] = {}
    for service in services:
        for port in sorted(published(service), key=lambda port: port.index):
            mine = (service.name, port.target)
            other = taken.setdefault((port.published, port.protocol), mine)
            if other != mine:
                raise service.error(
                    "application.port-clash",
                    "ports",
                    port.index,
                    why=f"port {port.published} is published for port {other[1]} of {other[0]} already",
                    fix=f'write another number, such as `"{_free(port.published, taken)}:{port.target}"`',
                )


def _free(port: int, taken: dict[tuple[int, str], tuple[str, int]]) -> int:
    numbers = {number for number, _ in taken}
    return next(number for number in [*range(port + 1, 65536), *range(1024, port)] if number not in numbers)


def _public_names(services: Sequence[Service]) -> None:
    names = {service.name for service in services}
    for service in services:
        if f"{service.name}-public" in names:
            raise service.error(
                "application.service-name",
                why=f"its address outside would be {service.name}-public",
                fix=f"rename the service {service.name}-public",
            )


def _distinct(kind: str, project: Json, places: Places) -> None:
    """`a_b` and `a-b` would be one object."""
    seen: dict[str, str] = {}
    for name in mapping(project.get(kind)):
        other = seen.setdefault(object_name(name), name)
        if other != name:
            why = f"{name!r} and {other!r} are the same name in Kubernetes ({object_name(name)})"
            raise places.error("application.names", (kind, name), why=why, fix=f"rename {name}")

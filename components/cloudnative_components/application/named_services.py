"""Services that the config of an environment names: they are there, or the error says which are."""

from collections.abc import Iterable

from cloudnative_toolchain.errors import ConfigError, Location

from ..config import EnvironmentConfig
from ..config.suggest import did_you_mean
from .model import Application, service_of

_WORKLOADS = ("DaemonSet", "Deployment", "Job", "StatefulSet")


def check_named(application: Application, environment: EnvironmentConfig) -> Application:
    """The application; ConfigError where `placement` or `gate` name a service that it has not."""
    _known(environment.placement, _names(application, _WORKLOADS), "placement", environment)
    asked = [environment.gate.service] if environment.gate.service else []
    _known(asked, _names(application, ("Service",)), "gate", environment)
    return application


def _names(application: Application, kinds: tuple[str, ...]) -> list[str]:
    return sorted({service_of(item) for item in application.objects if item["kind"] in kinds})


def _known(named: Iterable[str], known: list[str], key: str, environment: EnvironmentConfig) -> None:
    for name in named:
        if name not in known:
            file = f"stacks/Pulumi.{environment.name}.yaml"
            hint = did_you_mean(name, known) or "."
            raise ConfigError(
                code="config.service",
                what=f"cloudnative:{key} names {name!r}",
                why=f"no such service{hint} There are: {', '.join(known) or 'none'}",
                fix=f"${{EDITOR:-vi}} {file}",
                docs=f"docs/config.md#{key}",
                location=Location(file),
            )

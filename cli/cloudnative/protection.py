"""Resources that no run deletes or replaces until somebody names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudnative.absent import NONE, NOTHING
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

if TYPE_CHECKING:
    from cloudnative_components.application import Application

_MADE_BY_ENVIRONMENT = "cloudnative:index:Environment$cloudnative:index:GeneratedSecret::"
# The engine's words for a protected resource that would be deleted, and for one that would be replaced.
_SAID = ("because it is protected", "currently marked for protection")


def protected(deployment: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Every protected resource of a state."""
    resources = (deployment or NOTHING).get("resources") or NONE
    return [resource for resource in resources if resource.get("protect")]


def given_up(deployment: Mapping[str, Any] | None, names: Sequence[str]) -> list[str]:
    """URNs of the protected resources with these names; ConfigError where a name is none of them."""
    urns = {_name(resource["urn"]): str(resource["urn"]) for resource in protected(deployment)}
    for name in names:
        if name not in urns:
            raise ConfigError(
                code="protection.unknown",
                what=f"--unprotect {name}",
                why=f"no protected resource is called that; there are: {', '.join(sorted(urns)) or 'none'}",
                fix="cloudnative up --help",
            )
    return [urns[name] for name in names]


def refuse_loss(
    deployment: Mapping[str, Any] | None, application: Application | None, environment: str
) -> None:
    """Raises where the application no longer asks for a protected secret that an Environment made for it.

    The engine refuses too, but only at the end of a run, when the service that uses it is gone already.
    """
    if application is None:
        return
    wanted = {ref.resource for ref in application.generated_secrets}
    names = [
        _name(resource["urn"])
        for resource in protected(deployment)
        if _MADE_BY_ENVIRONMENT in resource["urn"]
        and _name(resource["urn"]).startswith(f"{application.namespace}-")
    ]
    if lost := [name for name in names if name not in wanted]:
        raise _refused(lost, environment)


def refusal(diagnostics: Sequence[Mapping[str, Any]], environment: str) -> CloudnativeError | None:
    """The error of a run that stopped before protected resources; None where it stopped for something else."""
    said = [d for d in diagnostics if any(words in d["text"] for words in _SAID)]
    names = list(dict.fromkeys(_name(str(d["urn"])) for d in said if d["urn"]))
    if not names:
        return None
    return _refused(names, environment)


def _refused(names: Sequence[str], environment: str) -> CloudnativeError:
    return CloudnativeError(
        code="resource.protected",
        what=", ".join(names),
        why="would be deleted or replaced, and is protected: data in a volume can be read only with this value. "
        "Put back what used it, or give it up together with the data",
        fix=" ".join(["cloudnative up", environment, *(f"--unprotect {name}" for name in names)]),
        docs="docs/application.md",
        exit_code=ExitCode.RESOURCE,
    )


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]

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


def kept_from_down(
    deployment: Mapping[str, Any] | None, names: Sequence[str], environment: str
) -> CloudnativeError | None:
    """Why `down` may not begin: protected resources of Azure that nobody gave up.

    Secrets that an Environment generated are protected for the sake of volumes, which `down` deletes too.
    """
    given = {_name(one["urn"]) for one in protected(deployment)} if "all" in names else set(names)
    if "all" not in names:
        given_up(deployment, names)
    kept = [
        _name(one["urn"])
        for one in protected(deployment)
        if _MADE_BY_ENVIRONMENT not in one["urn"] and _name(one["urn"]) not in given
    ]
    if not kept:
        return None
    return CloudnativeError(
        code="resource.protected",
        what=f"{environment} has {len(kept)} protected resources: {', '.join(kept)}",
        why="`down` deletes them only when that is said; `--unprotect NAME` gives up one",
        fix=f"cloudnative down {environment} --unprotect all",
        docs="docs/config.md#protect",
        exit_code=ExitCode.RESOURCE,
    )


def refuse_loss(
    deployment: Mapping[str, Any] | None, application: Application | None, environment: str
) -> None:
    """Raises where the application no longer asks for a protected secret that an Environment made for it.

    The engine refuses too, but only at the end of a run, when the service that uses it is gone already.
    """
    if application is None:
        return
    wanted = {ref.resource for ref in application.generated_secrets}
    urns = [
        str(resource["urn"])
        for resource in protected(deployment)
        if _MADE_BY_ENVIRONMENT in resource["urn"]
        and _name(resource["urn"]).startswith(f"{application.namespace}-")
    ]
    if lost := [urn for urn in urns if _name(urn) not in wanted]:
        raise _refused(lost, environment)


def refusal(diagnostics: Sequence[Mapping[str, Any]], environment: str) -> CloudnativeError | None:
    """The error of a run that protected resources stopped; None where it stopped for something else."""
    said = [d for d in diagnostics if any(words in d["text"] for words in _SAID)]
    urns = list(dict.fromkeys(str(d["urn"]) for d in said if d["urn"]))
    return _refused(urns, environment) if urns else None


def _refused(urns: Sequence[str], environment: str) -> CloudnativeError:
    secret = any("cloudnative:index:GeneratedSecret::" in urn for urn in urns)
    reason = ": data in a volume was made with this value and opens with no other" if secret else ""
    names = [_name(urn) for urn in urns]
    return CloudnativeError(
        code="resource.protected",
        what=", ".join(names),
        why=f"would be deleted or replaced, and is protected{reason}. Put back what used it, or give it up",
        fix=f"cloudnative up {environment} --unprotect {' --unprotect '.join(names)}",
        docs="docs/application.md",
        exit_code=ExitCode.RESOURCE,
    )


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]

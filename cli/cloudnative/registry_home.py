"""A registry cannot move, and cannot shrink below what replicates: refused before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.absent import NOTHING
from cloudnative_toolchain.errors import ConfigError, Location

if TYPE_CHECKING:
    from cloudnative_components.config import EnvironmentConfig

_OURS = "cloudnative:index:Environment$cloudnative:index:ContainerRegistry$"
_REPLICATION = "azure-native:containerregistry:Replication"
DOCS = "docs/regions.md#the-registry"


def refuse_move(deployment: Mapping[str, Any] | None, config: EnvironmentConfig, file: Path) -> None:
    """Raises where the config would delete the environment's registry to make it anew in another region."""
    for registry in _ours(deployment, report.REGISTRY):
        home = str(registry["inputs"].get("location", ""))
        if home and home != config.registry_home:
            raise _moved(home, config.registry_home, file)
        sku = (registry["inputs"].get("sku") or NOTHING).get("name")
        if sku == "Premium" != config.registry_sku and _ours(deployment, _REPLICATION):
            raise _shrunk(config.registry_sku, file)


def _ours(deployment: Mapping[str, Any] | None, kind: str) -> list[dict[str, Any]]:
    return [one for one in report.of_type(dict(deployment or {}), kind) if _OURS in one["urn"]]


def _moved(home: str, wanted: str, file: Path) -> ConfigError:
    return ConfigError(
        code="registry.moved",
        what=f"the registry is at home in {home}, and would be made anew in {wanted}",
        why="a registry cannot move: every image and every bundle in it would be lost. It is at home in the "
        f"first of `regions` unless something else is written: `cloudnative:registry_region: {home}`",
        fix=_write(file, f"registry_region: {home}"),
        docs=DOCS,
        location=Location(str(file)),
    )


def _shrunk(wanted: str, file: Path) -> ConfigError:
    return ConfigError(
        code="registry.shrunk",
        what=f"the registry has replicas, and would become {wanted}",
        why="Azure refuses that while there are replicas, and they go last. Write `cloudnative:registry_sku: "
        "Premium`, run `up`, and take the line out again afterwards",
        fix=_write(file, "registry_sku: Premium"),
        docs=DOCS,
        location=Location(str(file)),
    )


def _write(file: Path, line: str) -> str:
    """A command that writes one more line before `regions`, as far indented as that."""
    change = rf"s/^\( *\)cloudnative:regions:/\1cloudnative:{line}\n&/"
    return f"sed -i '{change}' {file}"

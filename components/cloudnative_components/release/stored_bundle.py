"""Bundle mode: the program deploys a bundle that is stored already; nothing is rendered, nothing is built.

`cloudnative rollback` and `cloudnative promote` say which in a file that CLOUDNATIVE_BUNDLE names.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pulumi

from cloudnative_toolchain.errors import ConfigError

from ..application import Application, GeneratedSecretRef, load
from ..config import EnvironmentConfig

VARIABLE = "CLOUDNATIVE_BUNDLE"


@dataclass(frozen=True)
class StoredBundle:
    """A stored bundle as one environment gets it; the values of its secrets are the environment's own."""

    name: str
    """The application."""
    number: int
    ref: str
    hash: str
    source: str
    objects: Mapping[str, Mapping[str, str]]
    """By region: content hash by object. A region that is not here gets no release."""
    images: Mapping[str, str]
    left_alone: Sequence[str] = ()
    """Regions whose releases are registered and are no targets of this run, one after the other.

    What such a release stood on and this program does not register, the engine writes to the state before it,
    once for all of them. Two at once can overtake each other, and the engine then refuses the state.
    """
    replicas: Mapping[str, int] = field(default_factory=dict[str, int])
    secrets: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])
    """`namespace/name` to keys whose values stay those that the region's release has."""
    reads_source: bool = False
    """Values that no release has yet come from the files and variables of this source."""
    generated: list[GeneratedSecretRef] = field(default_factory=list[GeneratedSecretRef])
    holds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """By region: why it stays at this bundle until a newer source comes."""
    component: str = ""
    """`TYPE::NAME` of the component that releases it; any where that is not known yet."""

    @property
    def digests(self) -> dict[str, str]:
        """Digest by service."""
        return {service: ref.rpartition("@")[2] for service, ref in self.images.items()}


def what_to_release(config: EnvironmentConfig, component: str) -> Application | StoredBundle:
    """The stored bundle that this run is told to deploy, else the application as its files say it.

    A program may have several components: those that the bundle is not for (`TYPE::NAME`) are as ever, and
    the run, which is targeted, leaves them alone.
    """
    path = os.environ.get(VARIABLE)
    stored = read_stored(Path(path)) if path else None
    if stored and stored.component in ("", component):
        return stored
    found = load(config.application, environment=config)
    if stored and stored.name == found.name:
        raise _renamed(stored, component)
    return found


def _renamed(stored: StoredBundle, component: str) -> ConfigError:
    """Its release would be found by the same name, and get what the files say in place of the bundle."""
    return ConfigError(
        code="bundle.renamed",
        what=f"{stored.name} is released by {stored.component}, and the program has it in {component}",
        why="a stored bundle goes to the component that the state knows",
        fix=f"cloudnative up {pulumi.get_stack()}",
        docs="docs/releases.md",
    )


def read_stored(path: Path) -> StoredBundle:
    """The bundle of a file that the command wrote."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    generated = [GeneratedSecretRef(**one) for one in told.pop("generated", [])]
    return StoredBundle(**told, generated=generated)


def without_namespaces(stored: StoredBundle) -> StoredBundle:
    """The bundle where namespaces are somebody else's; an older bundle may have brought its own."""
    objects = {
        region: {key: hash_ for key, hash_ in found.items() if not key.startswith("v1/Namespace/")}
        for region, found in stored.objects.items()
    }
    return replace(stored, objects=objects)


def given_values(stored: StoredBundle, config: EnvironmentConfig) -> dict[str, dict[str, str]]:
    """Values of the bundle's secrets from the files and variables of the source, where that was asked for."""
    if not stored.reads_source:
        return {}
    known = load(config.application, environment=config).secrets
    return {
        name: {key: known[name][key] for key in keys if key in known[name]}
        for name, keys in stored.secrets.items()
        if name in known
    }

"""From `Pulumi.<env>.yaml` to a typed environment."""

import re
from pathlib import Path

from pydantic import ValidationError

from cloudnative_toolchain.errors import ConfigError, Location

from .explain import explain
from .handed_out import HandedOut
from .hardening import HardeningConfig
from .model import ENVIRONMENT_NAME, EnvironmentConfig
from .nodes import Entry, Leaves, MappingNode, Node, leaves
from .scalars import value_of
from .strict_yaml import load_yaml
from .suggest import did_you_mean, nearest

DOCS = "docs/config.md"
NAMESPACE = "cloudnative"
# What Pulumi itself writes into a stack file (sdk/go/common/workspace/project.go, ProjectStack).
PULUMI_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt", "environment")
# What an environment is comes first, then what others hand out to it, then how hard it is.
FIELDS = tuple(
    sorted(
        (name for name in EnvironmentConfig.model_fields if name not in ("name", "other")),
        key=lambda name: (name in HardeningConfig.model_fields, name in HandedOut.model_fields),
    )
)


def load_environment(path: Path | str) -> EnvironmentConfig:
    """The environment that a stack file describes; every fault is one ConfigError with a place and a fix."""
    path = Path(path)
    name = _environment_name(path)
    tree = load_yaml(path)
    config = _config(tree, path)
    own, other = _split(config)
    _refuse_encrypted(own)
    values = {field: leaves(entry.value) for field, entry in own.items()}
    try:
        return EnvironmentConfig.model_validate(
            {**values, "name": name, "other": {**_pulumi_keys(tree), **other}},
            context={"folder": path.absolute().parent},
        )
    except ValidationError as error:
        raise explain(error, own, Location(str(path), config.location.line, config.location.column)) from None


def _environment_name(path: Path) -> str:
    found = re.fullmatch(r"Pulumi\.(.+)\.ya?ml", path.name)
    if found and re.fullmatch(ENVIRONMENT_NAME, found[1]):
        return found[1]
    raise ConfigError(
        code="config.name", what=f"{path.name} does not name an environment",
        why="the file is Pulumi.<env>.yaml; <env> has 1 to 20 of a-z, 0-9 and -, starting with a letter",
        location=Location(str(path)), docs=DOCS,
        fix=f"mv {path} {path.with_name('Pulumi.dev.yaml')}",
    )  # fmt: skip


def _config(tree: Node, path: Path) -> MappingNode:
    if not isinstance(tree, MappingNode):
        raise _error("config.type", f"the file is {tree.describe()}, not a mapping", tree.location, "config:")
    for key, entry in tree.entries.items():
        if key not in ("config", *PULUMI_KEYS):
            hint = did_you_mean(key, ("config", *PULUMI_KEYS)) or "."
            why = f"unknown key {key!r}{hint} Allowed: config, {', '.join(PULUMI_KEYS)}"
            raise _error("config.unknown-key", why, entry.key, f"config:\n  {NAMESPACE}:cloud: emulator")
    config = tree.entries.get("config")
    if config is None or not isinstance(config.value, MappingNode):
        why = (
            "`config` is missing"
            if config is None
            else f"`config` is {config.value.describe()}, not a mapping"
        )
        place = config.key if config else Location(str(path), 1, 1)
        raise _error("config.missing", why, place, f"config:\n  {NAMESPACE}:cloud: emulator")
    return config.value


def _split(config: MappingNode) -> tuple[dict[str, Entry], dict[str, object]]:
    own: dict[str, Entry] = {}
    other: dict[str, object] = {}
    for key, entry in config.entries.items():
        namespace, _, field = key.rpartition(":")
        if namespace == NAMESPACE and field in FIELDS:
            own[field] = entry
        elif _meant_for_us(namespace, field):
            raise _unknown_field(key, field, entry)
        else:
            other[key] = _plain(leaves(entry.value))
    return own, other


def _meant_for_us(namespace: str, field: str) -> bool:
    """A key of ours with a slip: ours misspelt (other packages' names are further away), or left out."""
    if namespace:
        return nearest(namespace, (NAMESPACE,), cutoff=0.85) is not None
    return nearest(field, FIELDS, cutoff=0.8) is not None


def _refuse_encrypted(own: dict[str, Entry]) -> None:
    for field, entry in own.items():
        if isinstance(entry.value, MappingNode) and list(entry.value.entries) == ["secure"]:
            key = f"{NAMESPACE}:{field}"
            why = f"{key} is encrypted, and this file is read without the key; nothing in it is a secret"
            raise _error("config.encrypted", why, entry.key, f"pulumi config set --plaintext {key} VALUE")


def _unknown_field(key: str, field: str, entry: Entry) -> ConfigError:
    meant = nearest(field, FIELDS)
    hint = f"; did you mean '{NAMESPACE}:{meant}'?" if meant else "."
    allowed = ", ".join(FIELDS)
    fix = f"write `{NAMESPACE}:{meant}:` in place of `{key}:`" if meant else f"delete the line `{key}:`"
    return _error(
        "config.unknown-key",
        f"unknown key {key!r}{hint} Allowed after `{NAMESPACE}:`: {allowed}",
        entry.key,
        fix,
    )


def _pulumi_keys(tree: Node) -> dict[str, object]:
    entries = tree.entries if isinstance(tree, MappingNode) else {}
    return {key: _plain(leaves(entries[key].value)) for key in PULUMI_KEYS if key in entries}


def _plain(value: Leaves) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value_of(value)


def _error(code: str, why: str, place: Location, fix: str) -> ConfigError:
    return ConfigError(
        code=code,
        what=f"{place.file} is not a valid environment",
        why=why,
        fix=fix,
        location=place,
        docs=DOCS,
    )

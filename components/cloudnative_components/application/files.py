"""Compose configs and secrets: the objects that hold them, and the values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..config.nodes import PathPart
from .extensions import SecretExtension, read_extension
from .model import MANAGED_BY, Json
from .names import content_hash, object_name
from .places import Places

_LIMIT = 1024 * 1024  # bytes; etcd stores no larger object


@dataclass(frozen=True)
class ConfigFile:
    """A config as a ConfigMap; its name has a hash of the content, so that a change rolls the pods."""

    object_name: str
    key: str
    content: str


@dataclass(frozen=True)
class SecretFile:
    """A secret as a key of a Secret object; the value travels apart from the object."""

    object_name: str
    key: str
    length: int | None  # characters to generate; None where `value` is known
    value: str = ""

    def __repr__(self) -> str:
        return f"SecretFile({self.object_name}/{self.key})"


def read_configs(project: Json, used: set[str], places: Places) -> dict[str, ConfigFile]:
    """The configs that services use."""
    found: dict[str, ConfigFile] = {}
    for name in sorted(used):
        data = project.get("configs", {})[name]
        content = _content(data, ("configs", name), places)
        hashed = content_hash({"content": content})
        found[name] = ConfigFile(f"{object_name(name)}-{hashed}", _key(name), content)
    return found


def read_secrets(project: Json, used: set[str], places: Places) -> dict[str, SecretFile]:
    """The secrets that services use; one that is to be generated is read from nowhere."""
    found: dict[str, SecretFile] = {}
    for name in sorted(used):
        data, path = project.get("secrets", {})[name], ("secrets", name)
        generate = read_extension(SecretExtension, data, path, places).generate
        length = generate.length if generate else None
        value = "" if generate else _content(data, path, places)
        found[name] = SecretFile(object_name(name), _key(name), length, value)
    return found


def config_objects(configs: Mapping[str, ConfigFile], application: str) -> list[Json]:
    """A ConfigMap per config."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _metadata(config.object_name, application),
            "data": {config.key: config.content},
            "immutable": True,
        }
        for config in configs.values()
    ]


def secret_objects(secrets: Mapping[str, SecretFile], application: str) -> list[Json]:
    """A Secret per secret, without its value."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": _metadata(secret.object_name, application),
            "type": "Opaque",
        }
        for secret in secrets.values()
    ]


def _metadata(name: str, application: str) -> Json:
    labels = {"app.kubernetes.io/managed-by": MANAGED_BY, "app.kubernetes.io/part-of": application}
    return {"name": name, "namespace": application, "labels": labels}


def _key(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-._" else "-" for letter in name)


def _content(data: Json, path: tuple[PathPart, ...], places: Places) -> str:
    if "content" in data:
        return str(data["content"])
    if "file" in data:
        return _file(Path(data["file"]), path, places)
    variable = data.get("environment")
    if variable and variable in os.environ:
        return os.environ[variable]
    if variable:
        raise places.error(
            "application.secret-missing",
            (*path, "environment"),
            why=f"the variable {variable} is not set",
            fix=f"export {variable}=...  # or write `x-cloudnative: {{generate: {{length: 32}}}}` beside it",
        )
    raise places.error(
        "application.external",
        (*path, "external"),
        why="nothing here says where its value comes from",
        fix="write `environment: NAME` or `file: PATH`, or `x-cloudnative: {generate: {length: 32}}`",
    )


def _file(file: Path, path: tuple[PathPart, ...], places: Places) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        why = f"cannot read {file}: {(error.strerror or str(error)).lower()}"
        raise places.error("application.file", (*path, "file"), why=why, fix=f"ls -l {file}") from error
    if len(data) > _LIMIT:
        why = f"{file} has {len(data):,} bytes; Kubernetes stores at most {_LIMIT:,}"
        raise places.error("application.file", (*path, "file"), why=why, fix="put it into the image (COPY)")
    try:
        return data.decode()
    except UnicodeDecodeError:
        why = f"{file} is not UTF-8 text"
        raise places.error(
            "application.file", (*path, "file"), why=why, fix="put it into the image (COPY)"
        ) from None

"""What this machine keeps of a stack: folders, the engine's settings, the passphrase, our record."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudnative_toolchain import folders

PULUMI_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt", "environment")


@dataclass(frozen=True)
class StackHome:
    """Everything on this machine about one stack (project and environment)."""

    project: str
    environment: str
    cloud: str

    @property
    def pulumi(self) -> Path:
        return folders.home() / "pulumi"

    @property
    def state(self) -> Path:
        """Folder of the file back end of this machine."""
        return self.pulumi / "state"

    @property
    def work(self) -> Path:
        """Folder the engine runs in: a Pulumi.yaml and stack settings of our own, never the repository's."""
        return self.pulumi / "work" / self.project / self.environment

    @property
    def settings(self) -> Path:
        """The engine's own stack settings, in `work`."""
        return self.work / f"Pulumi.{self.environment}.yaml"

    @property
    def lock(self) -> Path:
        return self.pulumi / "locks" / self.project / f"{self.environment}.lock"

    @property
    def record(self) -> Path:
        """What we know of the stack besides Pulumi's state: its cloud, its back end, its emulator."""
        return self.work / "stack.json"

    @property
    def passphrase(self) -> Path:
        return self.pulumi / "passphrase"

    def prepare_for(self, other: Mapping[str, Any], written: Mapping[str, str]) -> None:
        """Make the folders, the passphrase and the engine's own project files.

        `other` is what an environment's file says besides our own keys, `written` under which
        settings the secrets of its state were.
        """
        for folder in (
            folders.home(),
            self.pulumi,
            self.state,
            self.work,
            self.lock.parent,
            self.pulumi / "home",
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_passphrase(self.passphrase)
        replace_file(self.work / "Pulumi.yaml", json.dumps({"name": self.project, "runtime": "python"}))
        declared = {key: value for key, value in other.items() if key in PULUMI_KEYS}
        config = {key: value for key, value in other.items() if key not in declared}
        settings = stack_settings(declared, written, self._settings())
        replace_file(self.settings, json.dumps({**settings, "config": config}))

    def _settings(self) -> dict[str, Any]:
        """What the engine wrote into its stack settings in earlier runs, as YAML: salts, keys."""
        from ruamel.yaml import YAML

        reader: Any = YAML(typ="safe", pure=True)
        return (reader.load(self.settings) if self.settings.is_file() else None) or {}

    def read_record(self) -> dict[str, str]:
        """The record, {} where there is none or it cannot be read (a crash while it was written)."""
        try:
            return dict(json.loads(self.record.read_text()))
        except (OSError, ValueError):
            return {}

    def write_record(self, **fields: str) -> None:
        replace_file(self.record, json.dumps({**self.read_record(), **fields}))

    def forget_place(self) -> None:
        """The stack is gone: it may be made anew anywhere."""
        fields = {key: value for key, value in self.read_record().items() if key not in ("cloud", "backend")}
        replace_file(self.record, json.dumps(fields))


def stack_settings(
    declared: Mapping[str, Any], state: Mapping[str, str], kept: Mapping[str, Any]
) -> dict[str, Any]:
    """Pulumi's own top-level keys: the project's, completed by what the state and earlier runs know.

    Salt and encrypted key belong to one secrets provider; those of another are of no use.
    """
    provider = _provider(declared)
    known = [layer for layer in (kept, state) if _provider(layer) == provider]
    merged = {key: value for layer in known for key, value in layer.items() if key != "config"}
    return {**merged, **declared}


def _provider(settings: Mapping[str, Any]) -> str:
    """Who encrypts: a key service by its URL, or "" for a passphrase."""
    provider = str(settings.get("secretsprovider") or "")
    return "" if provider in ("default", "passphrase") else provider


def make_passphrase(path: Path) -> None:
    """A random passphrase that only this user can read, once."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if path.stat().st_size:
            return None
        path.unlink()  # a crash between creating and writing it: nothing was encrypted with it
        return make_passphrase(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    return None


def replace_file(path: Path, text: str) -> None:
    """Write a 0600 file so that a reader sees the old or the new content, never half of it."""
    if path.is_file() and path.read_text(errors="replace") == text:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)

"""Where Pulumi's state and secrets of this machine live, and the environment its engine runs in."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import ConfigError

REDIRECTING = (
    "PULUMI_BACKEND_URL",
    "PULUMI_HOME",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_DEBUG_PROVIDERS",
    "PULUMI_DEBUG_LANGUAGES",
    "PULUMI_STACK",
    "PULUMI_CONFIG",
    "PULUMI_SKIP_CHECKPOINTS",
    "PULUMI_DIY_BACKEND_GZIP",
    "PULUMI_DIY_BACKEND_ZSTD",
    "PULUMI_DIY_BACKEND_LEGACY_LAYOUT",
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS",
)
PULUMI_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt", "environment")
CREDENTIALS = ("ARM_", "AZURE_")


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
        """Folder of the file backend."""
        return self.pulumi / "state"

    @property
    def checkpoint(self) -> Path:
        return self.state / ".pulumi" / "stacks" / self.project / f"{self.environment}.json"

    @property
    def engine_locks(self) -> Path:
        return self.state / ".pulumi" / "locks" / "organization" / self.project / self.environment

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
        """What we know of the stack besides Pulumi's state: its cloud and the emulator it lives in."""
        return self.work / "stack.json"

    @property
    def passphrase(self) -> Path:
        return self.pulumi / "passphrase"

    def prepare_for(self, other: Mapping[str, Any]) -> None:
        """`prepare` with what an environment's file says besides our own keys."""
        settings = {key: value for key, value in other.items() if key in PULUMI_KEYS}
        self.prepare({key: value for key, value in other.items() if key not in settings}, settings)

    def prepare(self, config: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> None:
        """Make the folders, the passphrase and the engine's own project files.

        `settings` are Pulumi's own top-level keys of the environment's file (secretsprovider and the like).
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
        kept = {k: v for k, v in self._settings().items() if k != "config"}
        text = json.dumps({**kept, **(settings or {}), "config": dict(config)})
        replace_file(self.settings, text)

    def _settings(self) -> dict[str, Any]:
        """The engine's own stack settings: the salt of the passphrase, which it writes there as YAML."""
        from ruamel.yaml import YAML

        path = self.settings
        reader: Any = YAML(typ="safe", pure=True)
        content = reader.load(path) if path.is_file() else None
        salt = self._salt_of_state()
        return {**(content or {}), **({"encryptionsalt": salt} if salt else {})}

    def _salt_of_state(self) -> str:
        try:
            checkpoint = json.loads(self.checkpoint.read_bytes())["checkpoint"]
            return str(checkpoint["latest"]["secrets_providers"]["state"]["salt"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def read_record(self) -> dict[str, str]:
        """The record, {} where there is none or it cannot be read (a crash while it was written)."""
        try:
            return dict(json.loads(self.record.read_text()))
        except (OSError, ValueError):
            return {}

    def write_record(self, **fields: str) -> None:
        replace_file(self.record, json.dumps({**self.read_record(), **fields}))

    def set_state_aside(self, why: str) -> Path | None:
        """Move the checkpoint out of the way (kept, named for its reason); None where there is none."""
        if not self.checkpoint.exists():
            return None
        target = self.keep_copy(why)
        for suffix in ("", ".attrs", ".bak", ".bak.attrs"):
            self.checkpoint.with_name(self.checkpoint.name + suffix).unlink(missing_ok=True)
        return target

    def keep_copy(self, why: str) -> Path:
        """A copy of the checkpoint as it is, named for its reason."""
        kept = self.pulumi / "kept" / self.project
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = kept / f"{self.environment}.{why}.{time.time_ns()}.json"
        shutil.copyfile(self.checkpoint, target)
        target.chmod(0o600)
        return target


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


def refuse_redirection(environment: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """ConfigError when an inherited PULUMI_* variable would send our state or our providers elsewhere.

    A variable that says what we say anyway (`eval "$(cloudnative emulator env)"`) is fine.
    """
    found = sorted(name for name in REDIRECTING if environment.get(name) not in (None, "", ours.get(name)))
    if found:
        raise ConfigError(
            code="environment.redirected",
            what=f"{', '.join(found)} {'is' if len(found) == 1 else 'are'} set",
            why="the engine's state, secrets or providers would go elsewhere than `cloudnative` expects",
            fix=f"unset {' '.join(found)}",
        )


def engine_environment(
    inherited: Mapping[str, str], home: StackHome, endpoint: Mapping[str, Any] | None
) -> dict[str, str]:
    """The variables of worker and engine; on the emulator nothing inherited can name an Azure account."""
    emulator = endpoint is not None
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("PULUMI_") and not (emulator and name.startswith(CREDENTIALS))
    }
    ours = {
        "PULUMI_BACKEND_URL": home.state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(home.passphrase),
        "PULUMI_HOME": str(home.pulumi / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_AUTOMATION_API": "true",
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_DIY_BACKEND_NO_LEGACY_WARNING": "true",
        "NO_COLOR": "1",
        "GRPC_VERBOSITY": "ERROR",  # its notes about fork() would be shown as the program's output
    }
    if endpoint is not None:
        ours |= {
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        ours |= emulator_variables(endpoint)
    return {**kept, **ours}


def emulator_variables(endpoint: Mapping[str, Any]) -> dict[str, str]:
    """Credentials and addresses of the emulator for the engine, the providers and Azure's SDKs."""
    host = str(endpoint["arm"]).removeprefix("https://")
    return {
        "PULUMI_DEBUG_PROVIDERS": f"azure-native:{str(endpoint['azure_native']).rsplit(':', 1)[-1]}",
        "ARM_TENANT_ID": endpoint["tenant"],
        "ARM_SUBSCRIPTION_ID": endpoint["subscription"],
        "ARM_CLIENT_ID": endpoint["client_id"],
        "ARM_CLIENT_SECRET": endpoint["client_secret"],
        "ARM_METADATA_HOSTNAME": host,
        "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
        "AZURE_TENANT_ID": endpoint["tenant"],
        "AZURE_SUBSCRIPTION_ID": endpoint["subscription"],
        "AZURE_CLIENT_ID": endpoint["client_id"],
        "AZURE_CLIENT_SECRET": endpoint["client_secret"],
        "AZURE_AUTHORITY_HOST": endpoint["arm"],
    }

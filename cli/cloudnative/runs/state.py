"""The state of a stack: read from its store, repaired from a backup; written through the engine only."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudnative.absent import NOTHING
from cloudnative.runs.engine import Engine, EngineResult
from cloudnative.runs.home import StackHome
from cloudnative.stores.store import FileStore, Store
from cloudnative_toolchain.errors import CloudnativeError

Deployment = dict[str, Any]


@dataclass(frozen=True)
class StackState:
    """What the store has of one stack; `kept` is a folder of this machine for copies worth keeping."""

    store: Store
    project: str
    environment: str
    kept: Path

    @classmethod
    def of(cls, home: StackHome, store: Store | None = None) -> StackState:
        """The stack's state in a store; default: the folder under CLOUDNATIVE_HOME."""
        kept = home.pulumi / "kept" / home.project
        return cls(store or FileStore(home.state), home.project, home.environment, kept)

    @property
    def checkpoint(self) -> str:
        return f".pulumi/stacks/{self.project}/{self.environment}.json"

    @property
    def locks(self) -> str:
        """What the keys of the engine's own locks start with."""
        return f".pulumi/locks/organization/{self.project}/{self.environment}/"

    def read(self) -> Deployment | None:
        """The resources of the stack as its checkpoint has them; None without a stack or without any."""
        return deployment_in(self.content())

    def content(self) -> bytes | None:
        """The checkpoint as it lies there, whole or not; None without a stack."""
        return self.store.read(self.checkpoint)

    def exists(self) -> bool:
        """Whether the back end knows the stack."""
        return self.content() is not None

    def glimpse(self) -> Deployment | None:
        """The same as `read`, for who only looks: None of a damaged state too, which the next run mends."""
        content = self.content()
        return deployment_in(content) if is_whole(content) else None

    def keep_copy(self, why: str) -> Path:
        """A copy of the checkpoint as it is, named for its reason."""
        self.kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self.kept / f"{self.environment}.{why}.{time.time_ns()}.json"
        target.touch(mode=0o600)
        target.write_bytes(self.content() or b"")
        return target

    def set_aside(self, why: str) -> Path | None:
        """Move the checkpoint out of the way (kept, named for its reason); None where there is none."""
        if not self.exists():
            return None
        target = self.keep_copy(why)
        for key in (self.checkpoint, self.checkpoint + ".bak"):
            self.store.remove(key)
        return target

    def repair(self, say: Callable[[str], None]) -> bytes | None:
        """The checkpoint, whole; None without a stack.

        One that a crash or a full disk left half written is replaced by the one before it.
        """
        if isinstance(self.store, FileStore):
            self.store.drop_broken_attributes(str(Path(self.checkpoint).parent))
        content = self.content()
        if content is None or is_whole(content):
            # An engine that removes a stack leaves the backup: without a checkpoint there is no stack.
            return content
        for key in self._copies():
            copy = self.store.read(key)
            if copy is not None and is_whole(copy):
                damaged = self.keep_copy("damaged")
                self.store.write(self.checkpoint, copy)
                say(f"the state was damaged: restored from {Path(key).name}; kept as {damaged}")
                return copy
        raise self._beyond_repair()

    def _copies(self) -> list[str]:
        """Whole states that the back end kept: the one before, then backups and history, the newest first."""
        found = [
            file
            for kind in ("backups", "history")
            for file in self.store.found(f".pulumi/{kind}/{self.project}/{self.environment}/")
            if file.key.endswith(".json") and ".history." not in file.key
        ]
        newest = sorted(found, key=lambda file: file.modified, reverse=True)
        return [self.checkpoint + ".bak", *(file.key for file in newest)]

    def _beyond_repair(self) -> CloudnativeError:
        path = self.store.address(self.checkpoint)
        local = isinstance(self.store, FileStore)
        return CloudnativeError(
            code="state.damaged",
            what=f"the state of environment {self.environment} cannot be read",
            why=f"{path} is damaged, and neither its backups nor its history have a usable copy",
            fix=f"cp YOUR_BACKUP {path}"
            if local
            else f"az storage blob upload --auth-mode login --overwrite --file YOUR_BACKUP --blob-url {path}",
        )


def deployment_in(checkpoint: bytes | None) -> Deployment | None:
    """The resources of a checkpoint; None where it has none."""
    return None if checkpoint is None else json.loads(checkpoint)["checkpoint"].get("latest")


def secrets_settings(deployment: Mapping[str, Any] | None) -> dict[str, str]:
    """What stack settings say of the secrets provider that a state was written with; {} of an empty one."""
    provider = (deployment or NOTHING).get("secrets_providers") or NOTHING
    state = provider.get("state") or NOTHING
    if provider.get("type") == "cloud":
        return {"secretsprovider": str(state["url"]), "encryptedkey": str(state["encryptedkey"])}
    return {"encryptionsalt": str(state["salt"])} if state.get("salt") else {}


def make_stack(engine: Engine, home: StackHome, provider: str = "") -> None:
    """A stack without resources; `provider` is who encrypts its secrets, default a passphrase."""
    how = [f"--secrets-provider={provider}"] if provider else []
    made = engine.run("stack", "init", "--stack", home.environment, "--non-interactive", *how)
    checked(made, "make the stack")


def import_deployment(engine: Engine, home: StackHome, deployment: Deployment) -> None:
    """Replace the state; the engine checks its integrity."""
    file = home.work / "import.json"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps({"version": 3, "deployment": deployment}))
    try:
        arguments = ("stack", "import", "--stack", home.environment, "--file", str(file), "--non-interactive")
        checked(engine.run(*arguments), "import the recovered state")
    finally:
        file.unlink(missing_ok=True)


def remove_stack(engine: Engine, home: StackHome) -> None:
    """Forget an empty stack: its checkpoint; the history stays with the backend's own rules."""
    checked(
        engine.run("stack", "rm", "--yes", "--stack", home.environment, "--non-interactive"),
        "remove the stack",
    )


def checked(result: EngineResult, what: str) -> EngineResult:
    """The result of an engine command that must succeed."""
    if result.code == 0:
        return result
    raise CloudnativeError(
        code="engine.failed",
        what=f"the engine could not {what}",
        why=(result.err or result.out).strip()[-2000:] or f"exit code {result.code}",
        fix="cloudnative doctor",
    )


def is_whole(content: bytes | None) -> bool:
    """Whether this is a whole checkpoint."""
    try:
        read = json.loads(content or b"")
    except ValueError:
        return False
    return isinstance(read, dict) and isinstance(read.get("checkpoint"), dict)  # pyright: ignore[reportUnknownMemberType] - JSON

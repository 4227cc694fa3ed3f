"""The state of a stack: read, repaired from the backup, exported and imported."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloudnative.runs.engine import Engine, EngineResult
from cloudnative.runs.home import StackHome
from cloudnative_toolchain.errors import CloudnativeError

Deployment = dict[str, Any]


def read_deployment(home: StackHome) -> Deployment | None:
    """The resources of the stack as its checkpoint has them; None when there is no stack or an empty one."""
    checkpoint = _checkpoint(home.checkpoint)
    return None if checkpoint is None else checkpoint["checkpoint"].get("latest")


def stack_exists(home: StackHome) -> bool:
    """Whether the backend knows the stack."""
    return home.checkpoint.exists()


def repair_checkpoint(home: StackHome, say: Callable[[str], None]) -> None:
    """A checkpoint that a crash or a full disk left half written is replaced by the one before it."""
    _drop_broken_attributes(home)
    path, backup = home.checkpoint, home.checkpoint.with_name(home.checkpoint.name + ".bak")
    if not path.exists() or is_usable(path):
        return  # an engine that removes a stack leaves the backup: without a checkpoint there is no stack
    copies = [backup, *_copies(home)]
    for copy in copies:
        if is_usable(copy):
            damaged = home.keep_copy("damaged")
            shutil.copyfile(copy, path)
            say(f"the state was damaged: restored from {copy.name}; kept as {damaged}")
            return
    raise CloudnativeError(
        code="state.damaged",
        what=f"the state of environment {home.environment} cannot be read",
        why=f"{path} is damaged, and neither its backups nor its history have a usable copy",
        fix=f"cp A_BACKUP_OF_YOURS {path}",
    )


def _drop_broken_attributes(home: StackHome) -> None:
    """Beside each file of the backend lies one with its attributes, which a kill can leave empty.

    The engine then cannot read the state at all ("failed to load checkpoint: EOF"); without it, it can.
    """
    for path in [*home.checkpoint.parent.glob("*.attrs"), *home.state.glob(".pulumi/*.attrs")]:
        try:
            json.loads(path.read_bytes())
        except ValueError:
            path.unlink(missing_ok=True)


def ensure_stack(engine: Engine, home: StackHome) -> None:
    """The stack is there when this returns."""
    if not stack_exists(home):
        checked(
            engine.run("stack", "init", "--stack", home.environment, "--non-interactive"), "make the stack"
        )


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


def is_usable(path: Path) -> bool:
    """Whether this is a whole checkpoint."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and "checkpoint" in content


def _checkpoint(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None


def _copies(home: StackHome) -> list[Path]:
    """Whole states that the backend kept, the newest first: backups, then one after each operation."""
    stack = Path(home.project, home.environment)
    folders = [home.state / ".pulumi" / kind / stack for kind in ("backups", "history")]
    found = [path for folder in folders for path in folder.glob("*.json") if ".history." not in path.name]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)

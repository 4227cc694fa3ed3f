"""State and logs of the daemon and of what it runs, from the command's process."""

from __future__ import annotations

import time
from collections import deque
from typing import IO, TYPE_CHECKING, Any

from cloudnative_emulator.daemon.control_client import ask
from cloudnative_emulator.daemon.paths import Paths
from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def status() -> dict[str, Any]:
    """State, clusters and processes; what does not run is told from what lies on disk."""
    paths = Paths(folders.home())
    try:
        return ask(paths, "GET", "/status")
    except (FileNotFoundError, ConnectionError):  # a reset: it ended while it was asked
        return {"state": "stopped", "clusters": _stopped_clusters(paths), "processes": []}


def require_clusters() -> None:
    """Raises when a cluster that should run failed to come up."""
    broken = [row for row in status()["clusters"] if row["state"] == "failed"]
    if not broken:
        return
    names = ", ".join(str(row["name"]) for row in broken)
    causes = [f"{row['failure']['what']}: {row['failure'].get('why', '')}" for row in broken]
    raise CloudnativeError(
        code="emulator.clusters-failed",
        what=f"the emulator runs, but not {'clusters' if broken[1:] else 'cluster'} {names}",
        why="; ".join(causes),
        fix=str(broken[0]["failure"].get("fix") or "cloudnative emulator logs"),
        exit_code=ExitCode.RESOURCE,
    )


def logs(component: str | None = None, *, follow: bool = False, lines: int = 200) -> Iterator[str]:
    """The last lines of the daemon's log, or of the component that `status` calls so; with `follow`, more."""
    path = _log_of(component)
    with path.open(errors="replace") as file:
        yield from deque(file, maxlen=lines)
        while follow:
            yield from _new_lines(file)


def _stopped_clusters(paths: Paths) -> list[dict[str, Any]]:
    from cloudnative_emulator.clusters import state  # noqa: PLC0415 (only where no daemon answers)

    return [
        {"name": kept.spec.name, "id": kept.spec.id, "state": "stopped", "nodes": "", "server": ""}
        for kept in state.read_all(paths.home)
    ]


def _new_lines(file: IO[str]) -> Iterator[str]:
    if line := file.readline():
        yield line
    else:
        time.sleep(0.2)


def _log_of(component: str | None) -> Path:
    paths = Paths(folders.home())
    if component in (None, "daemon"):
        path = paths.log
    else:
        known: dict[str, str] = {row["name"]: row["log"] for row in status()["processes"]}
        path = paths.folder / known.get(component, f"logs/{component}.log")
    if not path.exists():
        raise ConfigError(
            code="emulator.no-log",
            what=f"there is no log of {component or 'the daemon'}",
            why=f"{path} does not exist",
            fix="cloudnative emulator status",
        )
    return path

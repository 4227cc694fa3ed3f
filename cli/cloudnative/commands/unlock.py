"""`cloudnative unlock ENV --id ID`."""

from __future__ import annotations

from cloudnative import present
from cloudnative.options import Environment, LockId, Output, OutputOption


def unlock(environment: Environment, lock_id: LockId = "", output: OutputOption = Output.TEXT) -> None:
    """End what holds an environment. Interrupted first, killed when it does not listen: never two writers."""
    from pathlib import Path

    from cloudnative.project import Project
    from cloudnative.runs.home import StackHome
    from cloudnative.runs.unlocking import free

    project = Project.find(Path.cwd())
    project.environment_file(environment)
    freed = free(StackHome(project.name, environment, ""), lock_id)
    present.result(
        {"environment": environment, "result": "unlocked", "freed": freed},
        output,
        lambda data: "".join(f"{line}\n" for line in data["freed"]) or f"{environment} was not locked\n",
    )

"""`cloudnative unlock ENV --id ID`."""

from __future__ import annotations

from cloudnative import present
from cloudnative.options import Environment, LockId, Output, OutputOption


def unlock(environment: Environment, lock_id: LockId = "", output: OutputOption = Output.TEXT) -> None:
    """End what holds an environment. Interrupted first, killed when it does not listen: never two writers."""
    from cloudnative.look import state_of
    from cloudnative.runs.unlocking import free

    freed = free(*state_of(environment), lock_id)
    present.result(
        {"environment": environment, "result": "unlocked", "freed": freed},
        output,
        lambda data: "".join(f"{line}\n" for line in data["freed"]) or f"{environment} was not locked\n",
    )

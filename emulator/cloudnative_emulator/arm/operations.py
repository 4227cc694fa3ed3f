"""Long-running operations: work that outlives its request, with a record that outlives the daemon."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import logging
import uuid
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from cloudnative_emulator.arm.store import Store

_log = logging.getLogger(__name__)
Record = dict[str, str | None]


def now() -> str:
    """This moment as ARM writes it."""
    return datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")


class Operations:
    """Runs the work, one piece at a time per top-level resource, and keeps each piece's outcome."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: dict[str, tuple[Record, asyncio.Task[None]]] = {}

    def busy(self, resource_id: str) -> str | None:
        """The verb of what is under way on this resource, its parent or its group."""
        wanted = ids.key(resource_id)
        for key, (record, task) in self._running.items():
            if not task.done() and (wanted == key or wanted.startswith(key + "/")):
                return record["verb"]
        return None

    def begin(
        self, resource_id: str, verb: str, work: Coroutine[Any, Any, None], *, operation_id: str = ""
    ) -> str:
        """Start the work in the background; the returned id is what clients poll."""
        name = operation_id or str(uuid.uuid4())
        record = {"id": name, "resource": resource_id, "verb": verb, "status": "InProgress"}
        full: Record = {**record, "started": now(), "ended": None, "error": None}
        self._store.save_operation(full)
        task = asyncio.create_task(self._run(full, work), name=f"{verb} {resource_id}")
        self._running[ids.key(resource_id)] = (full, task)
        return name

    async def abandon(self, resource_id: str) -> None:
        """Cancel what runs on a resource or below it, because a delete goes first."""
        prefix = ids.key(resource_id)
        for key in [key for key in self._running if key == prefix or key.startswith(prefix + "/")]:
            record, task = self._running.pop(key)
            if not task.done():
                await _cancel(task)
                self._store.save_operation({**record, "status": "Canceled", "ended": now()})

    async def close(self) -> None:
        """Stop working; records stay InProgress, so that the next start takes the work up again."""
        for _, task in self._running.values():
            await _cancel(task)

    async def _run(self, record: Record, work: Coroutine[Any, Any, None]) -> None:
        problem: dict[str, Any] | None = None
        try:
            await work
        except ArmError as error:
            problem = error.body()["error"]
        except CloudnativeError as error:
            problem = {"code": "InternalOperationError", "message": f"{error}{_mended_by(error)}"}
        except Exception as error:  # noqa: BLE001 (the last frame of a background task: the client must hear of it)
            _log.exception("%s %s failed", record["verb"], record["resource"])
            problem = {"code": "InternalOperationError", "message": f"{type(error).__name__}: {error}"}
        outcome = {"status": "Failed" if problem else "Succeeded", "ended": now()}
        self._store.save_operation({**record, **outcome, "error": json.dumps(problem) if problem else None})


def _mended_by(error: CloudnativeError) -> str:
    """How the command finds the fix in a message, which is all that ARM has for it."""
    return f"; fix: {error.fix}" if error.fix else ""


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

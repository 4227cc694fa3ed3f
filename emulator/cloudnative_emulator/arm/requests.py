"""The request log: one JSON line for each call, without bodies, so without secrets."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.arm.operations import now
from cloudnative_emulator.identity.private_files import give_to_owner, make_private_folder

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp.typedefs import Handler, Middleware

_MOST_BYTES = 64 << 20
CALLER = web.RequestKey("caller", str)  # object id of who is signed in
FAULT = web.RequestKey("fault", str)  # name of the fault rule that was played


class RequestRecorder:
    """Appends to emulator/requests.ndjson; at 64 MB the old lines move to requests.ndjson.1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        make_private_folder(path.parent)
        self._descriptor = self._open()

    def write(self, line: dict[str, Any]) -> None:
        """One whole line in one write: a reader never sees half of it from us."""
        if os.fstat(self._descriptor).st_size > _MOST_BYTES:
            self.close()
            self.path.replace(self.path.with_suffix(".ndjson.1"))
            self._descriptor = self._open()
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _open(self) -> int:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        give_to_owner(self.path)
        return descriptor


def record_requests(recorder: RequestRecorder) -> Middleware:
    """The outermost middleware: what was asked, by whom, how it was answered and how long that took."""

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        started, status = time.perf_counter(), 0
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        else:
            return response
        finally:
            recorder.write(_line(request, status, started))

    return record


def _line(request: web.Request, status: int, started: float) -> dict[str, Any]:
    line = {
        "time": now(), "host": request.host, "method": request.method, "path": request.path,
        "api-version": request.query.get("api-version", ""), "status": status,
        "caller": request.get(CALLER, ""), "ms": round((time.perf_counter() - started) * 1000, 1),
    }  # fmt: skip
    fault = request.get(FAULT, "")
    return {**line, "fault": fault} if fault else line

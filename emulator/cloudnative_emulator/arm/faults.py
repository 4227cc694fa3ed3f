"""Fault rules: emulator/faults.json makes chosen calls fail the way Azure does. Read at every request.

    {"rules": [{"name": "busy", "method": "PUT", "path": "managedClusters/[^/]+$", "calls": "1-2",
                "status": 429, "headers": {"Retry-After": "1"}, "body": {...}, "delay": 0.5}]}

`calls` counts from 1 the requests that match (`"3"`, `"1-2"`, `"2-"`, left out: all). Besides `status`, a
rule can `"drop": "before"` (connection cut, nothing done) or `"after"` (done, then cut), set `"after": true`
(done, then answered with `status`), or spoil the long-running operation: `"operation": "fail"` with `error`,
or `"hang"`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.arm.requests import FAULT

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp.typedefs import Handler, Middleware

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fault:
    """One rule of the file."""

    name: str = "unnamed"
    method: str = ""
    path: str = ""
    calls: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    delay: float = 0
    drop: str = ""
    after: bool = False
    operation: str = ""
    error: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        re.compile(self.path)
        self.counts(1)
        if self.drop not in {"", "before", "after"} or self.operation not in {"", "fail", "hang"}:
            raise ValueError(f"rule {self.name!r}: drop is before or after, operation is fail or hang")

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule speaks of this request."""
        right_method = not self.method or self.method.upper() == method
        return right_method and re.search(self.path, path, re.IGNORECASE) is not None

    def counts(self, number: int) -> bool:
        """Whether the rule speaks of the n-th matching request."""
        first, dash, last = self.calls.partition("-")
        low = int(first) if first else 1
        high = int(last) if last else (None if dash or not first else low)
        return number >= low and (high is None or number <= high)


OPERATION_FAULT = web.RequestKey("operation_fault", Fault)


class FaultRules:
    """The rules as the file has them now, and how often each has matched since it last changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: int | None = None
        self._rules: list[Fault] = []
        self._seen: list[int] = []

    def pick(self, method: str, path: str) -> Fault | None:
        """The first rule that applies to this request."""
        self._refresh()
        chosen: Fault | None = None
        for place, rule in enumerate(self._rules):
            if rule.matches(method, path):
                self._seen[place] += 1
                if chosen is None and rule.counts(self._seen[place]):
                    chosen = rule
        return chosen

    def _refresh(self) -> None:
        stamp = self._path.stat().st_mtime_ns if self._path.exists() else None
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._rules = self._read() if stamp else []
        self._seen = [0] * len(self._rules)

    def _read(self) -> list[Fault]:
        try:
            return [Fault(**rule) for rule in json.loads(self._path.read_text())["rules"]]
        except (ValueError, KeyError, TypeError, re.error) as error:
            _log.error("%s is not a list of fault rules and is not applied: %s", self._path, error)
            return []


def inject_faults(rules: FaultRules) -> Middleware:
    """A middleware that plays the rules."""

    @web.middleware
    async def inject(request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = rules.pick(request.method, request.path)
        if not fault:
            return await handler(request)
        request[FAULT] = fault.name
        await asyncio.sleep(fault.delay)
        if fault.drop == "before":
            return _cut(request)
        if fault.status and not fault.after:
            return _answer(fault)
        if fault.operation:
            request[OPERATION_FAULT] = fault
        response = await handler(request)
        if fault.drop == "after":
            return _cut(request)
        return _answer(fault) if fault.status else response

    return inject


def _answer(fault: Fault) -> web.Response:
    if isinstance(fault.body, str):
        return web.Response(text=fault.body, status=fault.status, headers=fault.headers)
    body = {"error": {"code": "InjectedFault", "message": fault.name}} if fault.body is None else fault.body
    return web.json_response(body, status=fault.status, headers=fault.headers)


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)

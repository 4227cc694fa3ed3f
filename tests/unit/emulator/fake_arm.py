"""A few lines of ARM for the stand-in's tests: a store that echoes, long operations, chosen failures."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import certifi
from tests.loopback import serving

SUBSCRIPTION, TENANT = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"


Answer = tuple[int, dict[str, str], Any]


@dataclass
class FakeArm:
    url: str = ""
    store: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    calls: list[tuple[str, str, Any]] = field(default_factory=list[tuple[str, str, Any]])
    slow: set[str] = field(default_factory=set[str])
    """Ids whose operations never end."""
    failing: set[str] = field(default_factory=set[str])
    """Ids whose operations end in Failed."""
    unreadable: set[str] = field(default_factory=set[str])
    """Ids that nobody may read once they are there."""
    forms: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """What the token endpoint was sent."""
    busy: int = 0
    """How many calls are answered 503 first."""

    def reset(self) -> None:
        """Forget everything."""
        for each in (self.store, self.calls, self.slow, self.failing, self.unreadable, self.forms):
            each.clear()
        self.busy = 0

    @property
    def endpoint(self) -> dict[str, str]:
        return {
            "arm": self.url,
            "ca": certifi.where(),
            "tenant": TENANT,
            "subscription": SUBSCRIPTION,
            "client_id": "client",
            "client_secret": "hunter2",
            "object_id": "object",
        }

    def sent(self, method: str) -> list[tuple[str, Any]]:
        return [(path, body) for verb, path, body in self.calls if verb == method]

    def answer(self, method: str, path: str, body: Any) -> Answer:
        key = path.lower()
        if key.endswith("/oauth2/v2.0/token"):
            self.forms.append(body)
            return 200, {}, {"access_token": "token", "expires_in": 3600}
        self.calls.append((method, path, body))
        if self.busy:
            self.busy -= 1
            return 503, {"retry-after-ms": "10"}, {}
        if key.startswith("/operations"):
            return 200, {"retry-after-ms": "20"}, self.operation(key.removeprefix("/operations"))
        return getattr(self, method.lower())(path, key, body)

    def operation(self, key: str) -> dict[str, Any]:
        if key in self.failing:
            return {"status": "Failed", "error": {"code": "Quota", "message": "no cores left"}}
        return {"status": "InProgress" if key in self.slow else "Succeeded"}

    def get(self, path: str, key: str, body: Any) -> Answer:
        found = self.store.get(key)
        if found and key in self.unreadable:
            return 403, {}, {"error": {"code": "AuthorizationFailed", "message": "not yours"}}
        if found:
            return 200, {}, found
        return 404, {}, {"error": {"code": "ResourceNotFound", "message": f"{path} was not found"}}

    def put(self, path: str, key: str, body: Any) -> Answer:
        known = key in self.store
        self.store[key] = {"id": path, "name": path.rsplit("/", 1)[-1], "type": "T", **body}
        headers = {"Azure-AsyncOperation": f"{self.url}/operations{key}", "retry-after-ms": "10"}
        return 200 if known else 201, headers, self.store[key]

    def delete(self, path: str, key: str, body: Any) -> Answer:
        known = self.store.pop(key, None)
        headers = {"Location": f"{self.url}/operations{key}", "retry-after-ms": "10"}
        return (202, headers, {}) if known else (204, {}, {})

    def post(self, path: str, key: str, body: Any) -> Answer:
        return 200, {}, {"kubeconfigs": [{"name": "clusterUser", "value": "eA=="}]}


@contextmanager
def fake_arm() -> Generator[FakeArm]:
    """The server, until the block ends."""
    arm = FakeArm()
    with serving(_handler(arm), poll_seconds=0.01) as arm.url:
        yield arm


def _handler(arm: FakeArm) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            is_json = "json" in self.headers.get("Content-Type", "")
            body = json.loads(raw) if raw and is_json else dict(parse_qsl(raw.decode()))
            status, headers, answer = arm.answer(self.command, urlsplit(self.path).path, body)
            content = json.dumps(answer).encode() if status != 204 else b""
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_DELETE = do_POST = handle_any  # noqa: N815 - the names of http.server

    return Handler

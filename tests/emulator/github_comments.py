"""The comments of GitHub's issues, as far as the workflow of a pull request calls for them."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.loopback import serving

PAGE = 100


@dataclass
class GitHubComments:
    """One pull request's comments; whoever writes with the job's token is a bot, as on GitHub."""

    url: str = ""
    token: str = "of-the-job"
    comments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    writes: list[str] = field(default_factory=list[str])

    @classmethod
    @contextmanager
    def serving(cls) -> Generator[Self]:
        """The API until the block ends."""
        api = cls()
        with serving(_handler(api)) as api.url:
            yield api

    def said(self, body: str, *, by: str = "User") -> None:
        """Somebody's comment."""
        self.comments.append({"id": len(self.comments) + 1, "body": body, "user": {"type": by}})

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """What GitHub answers."""
        address = urlsplit(path)
        if method == "GET":
            page = int(parse_qs(address.query).get("page", ["1"])[0])
            return 200, self.comments[(page - 1) * PAGE : page * PAGE]
        self.writes.append(f"{method} {address.path}")
        if method == "POST":
            self.said(body["body"], by="Bot")
            return 201, self.comments[-1]
        comment = self.comments[int(address.path.rpartition("/")[2]) - 1]
        comment["body"] = body["body"]
        return 200, comment


def _handler(api: GitHubComments) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Authorization") != f"Bearer {api.token}":
                return self._send(401, {"message": "Bad credentials"})
            return self._send(*api.answer(self.command, self.path, json.loads(raw or b"{}")))

        do_GET = do_POST = do_PATCH = handle_any  # noqa: N815 - the names of http.server

        def _send(self, status: int, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler

"""The command's end of the control socket."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudnative_emulator.daemon.paths import Paths


def ask(paths: Paths, method: str, path: str, seconds: float = 10) -> dict[str, Any]:
    """One call to the daemon; OSError when nobody listens."""
    connection = _UnixConnection(str(paths.control), seconds)
    try:
        connection.request(method, path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

"""An HTTP server of a test, on loopback and a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], *, poll_seconds: float = 0.01) -> Generator[str]:
    """The server's address, until the block ends; requests leave no line in the test's output."""
    quiet = type("Quiet", (handler,), {"log_message": _say_nothing, "disable_nagle_algorithm": True})
    server = ThreadingHTTPServer(("127.0.0.1", 0), quiet)
    thread = threading.Thread(target=server.serve_forever, args=(poll_seconds,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _say_nothing(*_: object) -> None:
    pass

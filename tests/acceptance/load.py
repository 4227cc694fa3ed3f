"""Steady requests against one address, bounded in count and time, each answer recorded."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class Load:
    """`with Load(url) as load:` sends a request every 50 ms, at most 2,400; `failures` names each bad one."""

    url: str
    interval: float = 0.05
    most: int = 2400
    sent: int = 0
    failures: list[str] = field(default_factory=list[str])
    bodies: set[str] = field(default_factory=set[str])
    _done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Load:
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        self._done.set()
        self._thread.join(timeout=10)

    def _send(self) -> None:
        while self.sent < self.most and not self._done.wait(self.interval):
            self.sent += 1
            try:
                self.bodies.add(fetch(self.url))
            except (OSError, urllib.error.HTTPError) as error:
                self.failures.append(f"request {self.sent}: {error}")


def fetch(url: str, timeout: float = 5) -> str:
    """The body of a GET."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()


def wait_for(text: str, url: str, seconds: float = 30) -> None:
    """Until `text` stands in the page at `url`; TimeoutError with the last answer when it never does."""
    end, last = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        try:
            last = fetch(url)
        except OSError as error:
            last = str(error)
        if text in last:
            return
        time.sleep(0.2)
    raise TimeoutError(f"{text!r} did not appear at {url} in {seconds} s; last answer: {last[:500]}")

"""The calls under way, by the connection they came from."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc


@dataclass
class Waits:
    """What Cancel of one engine ends; other engines on the same stand-in go on."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    by_peer: dict[str, set[threading.Event]] = field(default_factory=dict[str, set[threading.Event]])

    @contextmanager
    def waiting(self, context: grpc.ServicerContext) -> Generator[threading.Event]:
        """An event that is set when the wait must end: cancelled, or nobody is there any more."""
        event, peer = threading.Event(), context.peer()
        with self.lock:
            self.by_peer.setdefault(peer, set()).add(event)
        context.add_callback(event.set)  # the engine died: nobody waits for the answer
        try:
            yield event
        finally:
            with self.lock:
                self.by_peer[peer].discard(event)
                if not self.by_peer[peer]:
                    del self.by_peer[peer]

    def cancel(self, peer: str | None = None) -> None:
        """End the waits of that connection, or all of them."""
        with self.lock:
            for each, events in self.by_peer.items():
                if peer in {None, each}:
                    for event in events:
                        event.set()

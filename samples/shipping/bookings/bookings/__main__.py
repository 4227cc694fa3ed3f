"""Runs the service: python3 -m bookings."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from .metrics import Metrics
from .outbox import Outbox
from .server import Server
from .store import Store

log = logging.getLogger("bookings")


def main() -> int:
    """Serves until SIGTERM or SIGINT; 0 when every request in flight was answered."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    metrics = Metrics()
    for name in ("made", "refused", "queued"):
        metrics.count(f"shipping_bookings_{name}_total", 0)
    store = Store(os.environ["DATABASE_URL"], Path(os.environ["DATABASE_PASSWORD_FILE"]))
    outbox = Outbox(store, os.environ["QUEUE_ADDRESS"], Path(os.environ["QUEUE_PASSWORD_FILE"]), metrics)
    server = Server(int(os.environ.get("PORT", "8000")), store, outbox, metrics)

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    outbox.start()
    log.info("listening on port %d", server.server_port)
    stop.wait()

    log.info("stopping")
    answered = server.drain(seconds=4)
    outbox.stop()
    outbox.join(timeout=0.5)
    return 0 if answered else 1


if __name__ == "__main__":
    # Threads that wait for a silent client must not keep the process: everything that counts is done.
    code = main()
    logging.shutdown()
    os._exit(code)

"""`python -m cloudnative_emulator.azure_native ENDPOINT_JSON [PORT]`: prints its port, ends on a signal."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from .server import start


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="cloudnative_emulator.azure_native", description=__doc__)
    parser.add_argument("endpoint", type=Path, help="path of endpoint.json, which may be written later")
    parser.add_argument(
        "port", type=int, nargs="?", default=0, help="port on 127.0.0.1; any free one by default"
    )
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    running = start(options.endpoint, options.port)
    sys.stdout.write(f"{running.port}\n")
    sys.stdout.flush()
    ended.wait()
    running.stop()


if __name__ == "__main__":
    main()

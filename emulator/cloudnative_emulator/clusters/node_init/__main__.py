"""Prepare the namespaces and run the programs of the spec named on the command line until SIGTERM."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

from node_namespaces import prepare
from node_programs import Node


def main() -> None:
    """Return once everything has ended."""
    spec = json.loads(Path(sys.argv[1]).read_text())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT})
    prepare(spec)
    Node(spec).run()


main()

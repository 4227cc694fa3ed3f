"""`python -m cloudnative_emulator [--backend node|simulated|context]`: the daemon of CLOUDNATIVE_HOME."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from cloudnative_emulator.daemon.paths import Paths
from cloudnative_emulator.daemon.run import run
from cloudnative_toolchain import folders


def main() -> int:
    """Serve until SIGTERM or `stop`."""
    parser = argparse.ArgumentParser(prog="cloudnative_emulator", description=__doc__)
    parser.add_argument("--backend", choices=("node", "simulated", "context"))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return asyncio.run(run(Paths(folders.home()), options.backend))


if __name__ == "__main__":
    sys.exit(main())

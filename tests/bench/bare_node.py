"""What one would write by hand instead of our init: prepare the namespaces, start every program, sleep."""

import functools
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cloudnative_emulator.clusters.node_init.node_namespaces import prepare
from cloudnative_emulator.clusters.node_init.node_programs import Node


def main() -> None:
    spec: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    prepare(spec)
    checks = Node(spec)
    waiting: list[dict[str, Any]] = list(spec["programs"])
    while waiting:
        is_there = functools.cache(checks.is_there)
        for program in [p for p in waiting if all(map(is_there, p["waits_for"]))]:
            waiting.remove(program)
            with Path(program["log"]).open("ab") as log:
                subprocess.Popen(program["argv"], env=spec["env"], stdout=log, stderr=log)
        time.sleep(0.02)
    time.sleep(600)


if __name__ == "__main__":
    main()

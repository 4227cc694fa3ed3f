"""A stub engine under the real supervisor and the real worker's parts; a process, so it imports little.

`python supervised.py FOLDER` supervises FOLDER/engine, writes FOLDER/started, and prints the interrupts.
`python supervised.py` is the worker.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from cloudnative.runs.processes import Identity


def supervise(folder: Path) -> Any:
    """Run the stub engine of a folder to its end."""
    from cloudnative.runs.supervisor import Supervisor

    supervisor = Supervisor(
        lambda _: None, lambda identity: record(folder, identity), worker=[sys.executable, __file__]
    )
    request: dict[str, Any] = {
        "engine": str(folder / "engine"),
        "arguments": [],
        "folder": str(folder),
        "program": "",
        "plugin": False,
        "grace_seconds": 0.3,
    }
    return supervisor.run(request, os.environ, lock=-1, log=folder / "log")


def record(folder: Path, identity: Identity) -> None:
    """Whose process the engine is, written in one step."""
    (folder / "started.new").write_text(json.dumps(vars(identity)))
    (folder / "started.new").rename(folder / "started")


def work() -> None:
    """A worker without program and plugin."""
    from cloudnative.worker import EventPipe, Request, _engine, _obey

    request = Request(**json.loads(sys.stdin.buffer.readline()))
    pipe = EventPipe(request.events)
    engine = _engine(request, pipe.emit)
    _obey(sys.stdin.buffer, engine)
    result = engine.run(*request.arguments)
    pipe.emit({"event": "ended", "code": result.code, "out": result.out, "err": result.err})
    pipe.close()
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.stdout.write(f"{supervise(Path(sys.argv[1])).interrupted}\n")
    else:
        work()

"""A build by a program on this machine: credentials that vanish with it, progress lines, the digest."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

from . import bases
from .build_order import Built, Order, Say
from .objects import parts
from .private_folder import private_folder

_LAST_LINES = 20
# The kernel means the thread that forks by "parent": the plugin's, which lives as long as the plugin.
_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the command is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""
_LONGEST_LINE = 64 * 1024 * 1024
_TOKEN_USER = "00000000-0000-0000-0000-000000000000"  # noqa: S105  ACR's name for "this is a token"


async def build_with(
    order: Order,
    arguments: Callable[[Path], list[str]],
    configure: Callable[[Path], Mapping[str, Any]],
    *,
    progress: Say,
    log: Say,
) -> Built:
    """Runs a client that reports in BuildKit's raw progress and writes the file of metadata it is given.

    `configure` fills the private Docker configuration folder and returns what else its config.json holds.
    """
    token = await order.sign_in()
    with private_folder() as folder:
        config, metadata = folder / "docker", folder / "metadata.json"
        config.mkdir(mode=0o700)
        settings = with_login(configure(config), order.inputs["registry"], token)
        _write_private(config / "config.json", json.dumps(settings))
        output = _Output(progress, log)
        command = arguments(metadata)
        code = await _execute(command, _environment(config, order.where.ca), output)
        if code != 0:
            why = output.error or f"{Path(command[0]).name} ended with exit code {code}"
            raise order.failed(why, list(output.last))
        digest = json.loads(metadata.read_text())["containerimage.digest"]
        return Built(digest, bases.found_in(output.steps, order.dockerfile.read_text(errors="replace")))


def with_login(settings: Mapping[str, Any], registry: str, token: str) -> dict[str, Any]:
    """A Docker configuration that signs in to `registry` with `token`, whatever else it holds."""
    login = base64.b64encode(f"{_TOKEN_USER}:".encode()).decode()
    entry = {"auth": login, "identitytoken": token}
    # An empty helper of its own keeps the user's credential store out of this registry's entry.
    return {
        **settings,
        "auths": {**(settings.get("auths") or {}), registry: entry},
        "credHelpers": {**(settings.get("credHelpers") or {}), registry: ""},
    }


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)


def _environment(config: Path, ca: str) -> dict[str, str]:
    """The client itself fetches the registry's tokens, so it must trust that registry too."""
    trust = {"SSL_CERT_FILE": ca} if ca else {}
    return {**os.environ, "DOCKER_CONFIG": str(config), **trust}


async def _execute(arguments: list[str], environment: dict[str, str], output: _Output) -> int:
    process = await asyncio.create_subprocess_exec(
        *_dies_with_us(arguments),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None  # noqa: S101 - for the type checker: a pipe was asked for
        async for line in process.stderr:
            output.feed(line)
        return await process.wait()
    finally:
        await _end(process)


def _dies_with_us(arguments: list[str]) -> list[str]:
    """Linux only: a command that is killed leaves no build behind.

    A program of its own asks for it: forking this process, full of gRPC's threads, to run Python is not safe.
    """
    if sys.platform != "linux":
        return arguments
    return [sys.executable, "-ISc", _DIE_WITH_PARENT, str(os.getpid()), *arguments]


async def _end(process: asyncio.subprocess.Process) -> None:
    """Nothing of a build outlives it: asked first, killed a second later."""
    if process.returncode is not None:
        return
    for signal in (SIGTERM, SIGKILL):
        with suppress(ProcessLookupError):
            process.send_signal(signal)
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await process.wait()
                return


class _Output:
    """Reads BuildKit's raw progress: step names, output lines, the error that ended it."""

    def __init__(self, progress: Say, log: Say) -> None:
        self.last: deque[str] = deque(maxlen=_LAST_LINES)
        self.steps: list[str] = []
        self.error = ""
        self._progress, self._log = progress, log
        self._started: set[str] = set()

    def feed(self, line: bytes) -> None:
        """One line of standard error."""
        text = line.decode(errors="replace").rstrip()
        try:
            status = json.loads(text)
        except ValueError:
            status = None
        if isinstance(status, dict):
            self._status(status)  # pyright: ignore[reportUnknownArgumentType] - JSON, told apart at run time
        elif text:
            self._said(text)

    def _said(self, text: str) -> None:
        """What follows the error is advice, such as where Docker Desktop shows the build."""
        if text.lower().startswith("error: "):
            self.error = text[len("error: ") :]
        else:
            self.error = self.error or text

    def _status(self, status: dict[str, Any]) -> None:
        for vertex in parts(status, "vertexes"):
            if vertex.get("started") and vertex["digest"] not in self._started:
                self._started.add(vertex["digest"])
                self._step(vertex["name"])
            if vertex.get("error"):
                self.error = vertex["error"]
        for log in parts(status, "logs"):
            for piece in base64.b64decode(log["data"]).decode(errors="replace").splitlines():
                if piece.strip():
                    self.last.append(piece)
                    self._log(piece)

    def _step(self, name: str) -> None:
        """What BuildKit does for itself is not a step of the user's Dockerfile."""
        self.steps.append(name)
        (self._log if name.startswith("[internal]") else self._progress)(name)

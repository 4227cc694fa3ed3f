"""One build by BuildKit: arguments, credentials that vanish with it, progress lines, the digest."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from . import bases
from .objects import part, parts

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


@dataclass(frozen=True)
class Built:
    """The digest of what was pushed, and of each base by name."""

    digest: str
    bases: dict[str, str]


@dataclass(frozen=True)
class Build:
    """What to build, where to push it, and through which daemon by which buildctl."""

    buildctl: Path
    address: str
    inputs: Mapping[str, Any]
    name: str
    registry: str
    ca: str
    identity_token: str = field(repr=False)

    async def run(self, progress: Callable[[str], None], log: Callable[[str], None]) -> Built:
        """Builds and pushes. Steps go to `progress`, their output to `log`."""
        with tempfile.TemporaryDirectory(prefix="cloudnative-build-") as folder:
            config, metadata = Path(folder) / "docker", Path(folder) / "metadata.json"
            config.mkdir(mode=0o700)
            self._write_credentials(config / "config.json")
            output = _Output(progress, log)
            code = await self._execute(self._arguments(metadata), config, output)
            if code != 0:
                raise self._failed(code, output)
            digest = json.loads(metadata.read_text())["containerimage.digest"]
            return Built(digest, bases.found_in(output.steps, self._dockerfile.read_text(errors="replace")))

    @property
    def _dockerfile(self) -> Path:
        return Path(self.inputs["context"], self.inputs["dockerfile"])

    def _arguments(self, metadata: Path) -> list[str]:
        inputs, dockerfile = self.inputs, self._dockerfile
        options = {
            "filename": dockerfile.name,
            "platform": inputs["platform"],
            "build-arg:SOURCE_DATE_EPOCH": "0",
            **{f"build-arg:{name}": text for name, text in part(inputs, "buildArgs").items()},
        }
        if inputs.get("target"):
            options["target"] = inputs["target"]
        arguments = [str(self.buildctl), f"--addr={self.address}", "build", "--progress=rawjson"]
        arguments += ["--frontend=dockerfile.v0", f"--local=context={inputs['context']}"]
        arguments += [f"--local=dockerfile={dockerfile.parent}", f"--metadata-file={metadata}"]
        arguments += [f"--output=type=image,name={self.name},push=true"]
        arguments += [f"--opt={name}={text}" for name, text in options.items()]
        return arguments

    def _write_credentials(self, path: Path) -> None:
        login = base64.b64encode(f"{_TOKEN_USER}:".encode()).decode()
        entry = {"auth": login, "identitytoken": self.identity_token}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
            json.dump({"auths": {self.registry: entry}}, stream)

    async def _execute(self, arguments: list[str], config: Path, output: _Output) -> int:
        process = await asyncio.create_subprocess_exec(
            *_dies_with_us(arguments),
            env=self._environment(config),
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

    def _environment(self, config: Path) -> dict[str, str]:
        """buildctl itself fetches the registry's tokens, so it must trust that registry too."""
        trust = {"SSL_CERT_FILE": self.ca} if self.ca else {}
        return {**os.environ, "DOCKER_CONFIG": str(config), **trust}

    def _failed(self, code: int, output: _Output) -> CloudnativeError:
        lines = "\n".join(f"  {line}" for line in output.last)
        why = output.error or f"buildctl ended with exit code {code}"
        return CloudnativeError(
            code="image.build",
            what=f"building {self.name.rpartition(':')[0]} from {self.inputs['context']}",
            why=f"{why}; the last lines:\n{lines}" if lines else why,
            exit_code=ExitCode.RESOURCE,
        )


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

    def __init__(self, progress: Callable[[str], None], log: Callable[[str], None]) -> None:
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
            self.error = text.removeprefix("error: ")

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

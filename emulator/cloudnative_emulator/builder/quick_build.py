"""One quick build of ACR Tasks, done by this home's BuildKit: an archive in, a pushed image and a log out."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import tarfile
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.daemon.supervisor import die_with_the_daemon
from cloudnative_emulator.identity.private_files import make_private_folder, write_private
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_NOBODY = "00000000-0000-0000-0000-000000000000"
_BASE = re.compile(
    r"#\d+ \[(?P<stage>[^\]]+)\] FROM (?P<host>[^/\s]+)/(?P<repository>\S+):(?P<tag>[^:@\s]+)"
    r"@(?P<digest>sha256:\w+)"
)
_DEPENDENCY = """\
  {kind}-dependency:
    registry: {host}
    repository: {repository}
    tag: "{tag}"
    digest: {digest}
"""


class QuickBuildFailed(Exception):  # noqa: N818 (a result, not a mistake)
    """Why there is no image; the log has the rest."""


@dataclass(frozen=True)
class QuickBuild:
    """A DockerBuildRequest with the archive it is about and the registry it goes to."""

    folder: Path
    archive: Path
    request: Mapping[str, Any]
    server: str
    buildkit: str
    ca: Path
    token: str = field(repr=False)

    @property
    def log(self) -> Path:
        """What the build says, as it says it."""
        return self.folder / "log.txt"

    async def run(self) -> list[dict[str, str]]:
        """Build and push; the images that were pushed."""
        make_private_folder(self.folder / "context")
        await asyncio.to_thread(self._unpack)
        write_private(self.folder / "docker/config.json", json.dumps(self._login()).encode())
        metadata = self.folder / "metadata.json"
        if await self._execute(self.arguments(metadata)) != 0:
            raise QuickBuildFailed("failed to run step ID: build: exit status 1")
        digest = json.loads(metadata.read_text())["containerimage.digest"]
        images = [_image(self.server, name, digest) for name in self.request["imageNames"]]
        self._append_dependencies(images)
        return images

    def arguments(self, metadata: Path) -> list[str]:
        """buildctl's command line."""
        context, dockerfile = self.folder / "context", self.request["dockerFilePath"]
        platform = self.request["platform"]
        names = ",".join(f"{self.server}/{name}" for name in self.request["imageNames"])
        argv = [str(program("buildctl")), f"--addr={self.buildkit}", "build", "--progress=plain"]
        argv += ["--frontend=dockerfile.v0", f"--local=context={context}", f"--local=dockerfile={context}"]
        argv += [f"--opt=filename={dockerfile}", f"--metadata-file={metadata}"]
        argv += [f"--opt=platform={platform['os'].lower()}/{platform.get('architecture') or 'amd64'}"]
        argv += [
            f"--opt=build-arg:{one['name']}={one['value']}" for one in self.request.get("arguments") or ()
        ]
        if target := self.request.get("target"):
            argv += [f"--opt=target={target}"]
        push = "true" if self.request.get("isPushEnabled", True) else "false"
        return [*argv, f'--output=type=image,"name={names}",push={push}']

    def _unpack(self) -> None:
        try:
            with tarfile.open(self.archive) as archive:
                archive.extractall(self.folder / "context", filter="tar")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise QuickBuildFailed(f"failed to download context: {error}") from error

    def _login(self) -> dict[str, Any]:
        login = base64.b64encode(f"{_NOBODY}:".encode()).decode()
        return {"auths": {self.server: {"auth": login, "identitytoken": self.token}}}

    async def _execute(self, argv: list[str]) -> int:
        environment = {
            **os.environ,
            "DOCKER_CONFIG": str(self.folder / "docker"),
            "SSL_CERT_FILE": str(self.ca),
        }
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, env=environment, stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor, stderr=descriptor, process_group=0, preexec_fn=die_with_the_daemon,
            )  # fmt: skip
        finally:
            os.close(descriptor)
        try:
            return await process.wait()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _append_dependencies(self, images: Iterable[Mapping[str, str]]) -> None:
        """The block that ACR writes at the end of its log."""
        found = {match["stage"]: match.groupdict() for match in _BASE.finditer(self.log.read_text())}
        image = "".join(
            "- image:\n" + "".join(f"    {key}: {value}\n" for key, value in one.items()) for one in images
        )
        bases = "".join(_DEPENDENCY.format(kind="runtime", **base) for base in found.values())
        with self.log.open("a") as log:
            log.write(f"The following dependencies were found:\n{image}{bases}  git: {{}}\n")


def _image(server: str, name: str, digest: str) -> dict[str, str]:
    repository, _, tag = name.partition(":")
    return {"registry": server, "repository": repository, "tag": tag or "latest", "digest": digest}

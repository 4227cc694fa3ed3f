"""Builder `docker`: the user's own Docker by buildx; no root is needed that its daemon does not have."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError

from .build_client import build_with
from .build_order import Built, Order, Say

_CONFIG = "config.json"


@dataclass(frozen=True)
class Docker:
    """The `docker` command with its buildx plugin, as the user has set both up."""

    docker: Path

    async def build(self, order: Order, progress: Say, log: Say) -> Built:
        """Builds and pushes. Steps go to `progress`, their output to `log`."""
        await self._check_buildx()

        def arguments(metadata: Path) -> list[str]:
            return self.arguments(order, metadata)

        return await build_with(order, arguments, configure, progress=progress, log=log)

    def arguments(self, order: Order, metadata: Path) -> list[str]:
        """The command line; without provenance, so that the manifest is what the other builders push."""
        inputs = order.inputs
        arguments = [str(self.docker), "buildx", "build", "--push", "--provenance=false"]
        arguments += ["--progress=rawjson", f"--metadata-file={metadata}"]
        arguments += [f"--platform={inputs['platform']}", f"--file={order.dockerfile}", f"--tag={order.name}"]
        arguments += [f"--build-arg={name}={text}" for name, text in order.arguments.items()]
        if inputs.get("target"):
            arguments += [f"--target={inputs['target']}"]
        return [*arguments, "--", str(order.context)]

    async def _check_buildx(self) -> None:
        process = await asyncio.create_subprocess_exec(
            str(self.docker), "buildx", "version",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, errors = await process.communicate()
        if process.returncode != 0:
            said = " ".join(errors.decode(errors="replace").split())
            raise _missing(f"{self.docker} has no buildx: {said}")


def docker() -> Docker:
    """The docker of PATH."""
    found = shutil.which("docker")
    if found is None:
        raise _missing("there is no docker on PATH, and builder `docker` is the user's own")
    return Docker(Path(found))


def configure(folder: Path) -> Mapping[str, Any]:
    """The user's configuration for a build in `folder`: builders, contexts and plugins are his, by links.

    What is returned is the content of his config.json; the build signs in beside it, never into it.
    """
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    for entry in own.iterdir() if own.is_dir() else ():
        if entry.name != _CONFIG:
            (folder / entry.name).symlink_to(entry.absolute())
    try:
        return json.loads((own / _CONFIG).read_text())
    except FileNotFoundError:
        return {}


def _missing(why: str) -> CloudnativeError:
    return CloudnativeError(
        code="image.no-docker",
        what="Docker with buildx",
        why=f"{why}; builder `acr` builds in Azure and needs nothing on this machine",
        fix="docker buildx version",
        docs="docs/images.md",
    )

"""Builder `buildkit`: our own BuildKit daemon by buildctl."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.programs import program

from .access import Cloud
from .build_client import build_with
from .build_order import Built, Order, Say

# zstd costs a fraction of gzip's processor time, at the push and at each node's pull; the base's layers are
# compressed anew once and kept by the daemon. containerd reads it since 1.5 (docs/decisions/0098).
_LAYERS = "oci-mediatypes=true,compression=zstd,compression-level=3,force-compression=true"


@dataclass(frozen=True)
class BuildKit:
    """The daemon at `address`, by which buildctl."""

    buildctl: Path
    address: str

    async def build(self, order: Order, progress: Say, log: Say) -> Built:
        """Builds and pushes. Steps go to `progress`, their output to `log`."""

        def arguments(metadata: Path) -> list[str]:
            return self.arguments(order, metadata)

        return await build_with(order, arguments, lambda _: {}, progress=progress, log=log)

    def arguments(self, order: Order, metadata: Path) -> list[str]:
        """The command line."""
        options = {
            "filename": order.dockerfile.name,
            "platform": order.inputs["platform"],
            **{f"build-arg:{name}": text for name, text in order.arguments.items()},
        }
        if order.inputs.get("target"):
            options["target"] = order.inputs["target"]
        arguments = [str(self.buildctl), f"--addr={self.address}", "build", "--progress=rawjson"]
        arguments += ["--frontend=dockerfile.v0", f"--local=context={order.context}"]
        arguments += [f"--local=dockerfile={order.dockerfile.parent}", f"--metadata-file={metadata}"]
        arguments += [f"--output=type=image,name={order.name},push=true,{_LAYERS}"]
        arguments += [f"--opt={name}={text}" for name, text in options.items()]
        return arguments


def buildkit(where: Cloud) -> BuildKit:
    """The emulator's daemon, else the one that BUILDKIT_HOST names."""
    address = where.buildkit or os.environ.get("BUILDKIT_HOST", "")
    if not address:
        raise CloudnativeError(
            code="image.no-builder",
            what="BuildKit",
            why="no daemon is known: the emulator runs one where it was started as root, BUILDKIT_HOST may "
            "name another, and builder `docker` or `acr` needs none",
            fix="sudo $(command -v cloudnative) emulator start",
        )
    return BuildKit(program("buildctl"), address)

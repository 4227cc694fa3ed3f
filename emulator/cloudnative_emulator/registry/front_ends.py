"""BuildKit's Dockerfile front end where Docker Hub cannot be reached: what `# syntax=` makes BuildKit pull.

Made when it is asked for: most Dockerfiles have no such line, and a first `up` must not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import tarfile
import tempfile
from pathlib import Path

from cloudnative_emulator.registry.layout import Image, Layout
from cloudnative_emulator.registry.seed import architecture, hub_answers
from cloudnative_toolchain.catalog import tools
from cloudnative_toolchain.programs import ensure, program

_log = logging.getLogger(__name__)
_PROGRAM = "dockerfile-frontend"
_NAMES = ("docker/dockerfile", "docker/dockerfile-upstream")
_TAG = re.compile(r"(?:latest|labs|master(?:-labs)?|1(?:\.(?P<minor>\d+)(?:\.\d+)?)?(?:-labs)?)")
_CREATED = "2025-01-01T00:00:00Z"
_CAPABILITIES = ("inputs", "subrequests", "contexts", "gitquerystring", "contexts.zstd")
_LABELS = {
    "moby.buildkit.frontend.network.none": "true",
    "moby.buildkit.frontend.caps": ",".join(f"moby.buildkit.frontend.{each}" for each in _CAPABILITIES),
}


def is_front_end(name: str, tag: str, *, version: str) -> bool:
    """Whether a front end of `version` is what the image stands for.

    Each 1.x understands what the ones before it do; 1.28 builds its experimental (`labs`) tags alike.
    """
    found = _TAG.fullmatch(tag)
    newest = int(version.split(".")[1])
    return name in _NAMES and found is not None and int(found["minor"] or 0) <= newest


class FrontEnds:
    """Adds front ends to the mirror's layout, each at most once."""

    def __init__(self, layout: Path) -> None:
        self._layout, self._turn = Layout(layout), asyncio.Lock()

    async def make(self, name: str, tag: str) -> None:
        """Have `name:tag` in the layout, if it is a front end and Docker Hub itself does not answer."""
        if not is_front_end(name, tag, version=tools()[_PROGRAM].version):
            return
        async with self._turn:
            await asyncio.to_thread(self._make, f"docker.io/{name}:{tag}")

    def _make(self, reference: str) -> None:
        if hub_answers():
            return
        _log.info("%s: Docker Hub does not answer, building it from BuildKit's module", reference)
        ensure([_PROGRAM], _log.info)
        with self._layout.locked():
            if not self._layout.find(reference):
                self._add(reference)

    def _add(self, reference: str) -> None:
        place = f"bin/{_PROGRAM}"
        with tempfile.TemporaryDirectory(dir=self._layout.folder, prefix=".front-end-") as room:
            tarball = Path(room) / "root.tar"
            with tarfile.open(tarball, "w") as archive:
                archive.add(program(_PROGRAM), place, filter=_plain)
            made_by = "the emulator, from BuildKit's module"
            entrypoint = [f"/{place}"]
            image = Image(reference, architecture(), _CREATED, [], [], entrypoint, _LABELS, made_by)
            self._layout.add(image, tarball)


def _plain(file: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's, of no time: the digest depends on the program alone."""
    file.uid = file.gid = file.mtime = 0
    file.uname = file.gname = ""
    file.mode = 0o755
    return file

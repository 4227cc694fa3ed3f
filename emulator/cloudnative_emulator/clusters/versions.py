"""Which Kubernetes the programs on this machine are."""

from __future__ import annotations

import functools
import re
import subprocess

from cloudnative_toolchain.programs import program


@functools.cache
def kubernetes_versions() -> list[str]:
    """The version of kube-apiserver, as a list: one version is pinned at a time."""
    asked = [str(program("kube-apiserver")), "--version"]
    text = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    found = re.search(r"v(\d+\.\d+\.\d+)", text)
    return [found.group(1)] if found else []

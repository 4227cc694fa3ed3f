"""runc for builds behind a TLS-inspecting proxy: each RUN step finds the host's certificates.

`python trusting_runc.py RUNC BUNDLE ARGUMENTS...` is `RUNC ARGUMENTS...`, with the bundle mounted into
containers that are started. Standard library only: it starts once for every call of runc.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

PLACE = "/dev/host-ca.pem"  # /dev is a tmpfs of the container's: no layer keeps a trace
VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
)
_OPTIONS = ["bind", "ro", "nosuid", "nodev", "noexec"]


def main() -> None:
    """Become runc; a container that is to be started gets the certificates first."""
    runc, bundle, *arguments = sys.argv[1:]
    if found := container_folder(arguments):
        file = Path(found, "config.json")
        file.write_text(json.dumps(trusting(json.loads(file.read_text()), bundle)))
    os.execv(runc, [runc, *arguments])  # noqa: S606 (the arguments are BuildKit's, and so is our place)


def container_folder(arguments: list[str]) -> str:
    """The folder of the container that these arguments of runc start; empty where they start none."""
    if not {"run", "create"} & set(arguments):
        return ""
    for position, argument in enumerate(arguments):
        name, separator, value = argument.partition("=")
        if name in ("--bundle", "-b"):
            return value if separator else arguments[position + 1]
    return ""


def trusting(spec: dict[str, Any], bundle: str) -> dict[str, Any]:
    """The container `spec` with the bundle and the variables that name it; an image's own settings win."""
    mounts, process = spec.get("mounts", []), spec.get("process", {})
    if not any(mount["destination"] == "/dev" and mount.get("type") == "tmpfs" for mount in mounts):
        return spec
    set_already = {variable.partition("=")[0] for variable in process.get("env", [])}
    added = [f"{name}={PLACE}" for name in VARIABLES if name not in set_already]
    mount = {"destination": PLACE, "type": "bind", "source": bundle, "options": _OPTIONS}
    environment = [*process.get("env", []), *added]
    return {**spec, "mounts": [*mounts, mount], "process": {**process, "env": environment}}


if __name__ == "__main__":
    main()

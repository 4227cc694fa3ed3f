"""A registry that asks nobody who he is, as kind's documentation has one beside the cluster."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cloudnative_emulator.identity.ca import CertificateAuthority
from cloudnative_emulator.ports import Ports
from cloudnative_toolchain.programs import program


@contextmanager
def plain_registry(theirs: Path, folder: Path) -> Generator[str]:
    """Its address: on a port that nodes of the home `theirs` reach, with a certificate that they trust."""
    known = Ports.load(theirs)
    port = next(port for name, port in known.chosen.items() if name.startswith("spare-"))
    config = _config(theirs, folder, port)
    environment = {"PATH": os.defpath, "HOME": str(folder), "OTEL_TRACES_EXPORTER": "none"}
    with (folder / "registry.log").open("wb") as log:
        argv = [str(program("registry")), "serve", str(config)]
        process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log)
    try:
        _wait(port)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _config(theirs: Path, folder: Path, port: int) -> Path:
    issued = CertificateAuthority.load(theirs).issue("registry")
    for name, text in (("tls.crt", issued.certificate), ("tls.key", issued.key)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text)
    tls = {"certificate": str(folder / "tls.crt"), "key": str(folder / "tls.key")}
    document = {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}", "tls": tls, "secret": "none"},
    }
    path = folder / "registry.yml"
    path.write_text(json.dumps(document))
    return path


def _wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the plain registry did not start within 20 s")

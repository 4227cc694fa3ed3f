"""The Prometheus process: its files, its command line, and the way in that only the daemon has."""

from __future__ import annotations

import json
import os
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters.host_programs import host_program
from cloudnative_emulator.identity.ca import CertificateAuthority
from cloudnative_emulator.identity.private_files import make_private_folder, write_private
from cloudnative_emulator.ports import ProcessSpec
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from pathlib import Path

NAME = "prometheus"
KEPT = "1d"
LARGEST = "256MB"


@dataclass(frozen=True)
class Prometheus:
    """One home's; loopback is open to every user of the machine, so it asks for our client certificate."""

    folder: Path  # emulator/prometheus
    port: int

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def targets(self) -> Path:
        """The folder of the pods' files."""
        return self.folder / "targets"

    @property
    def data(self) -> Path:
        """What it has gathered."""
        return self.folder / "data"

    def write(self, configuration: dict[str, Any]) -> None:
        """What it scrapes; JSON is YAML."""
        write_private(self.folder / "prometheus.json", json.dumps(configuration, indent=1).encode())

    def prepare(self) -> ProcessSpec:
        """Certificates and folders are there when this returns; with it the process can be started."""
        for each in (self.data, self.targets):
            make_private_folder(each)
        authority = CertificateAuthority.load(self.folder)
        for name in ("server", "client"):
            issued = authority.issue(f"cloudnative {NAME} {name}")
            write_private(self.folder / f"{name}.crt", issued.certificate.encode())
            write_private(self.folder / f"{name}.key", issued.key.encode())
        tls = {
            "cert_file": str(self.folder / "server.crt"),
            "key_file": str(self.folder / "server.key"),
            "client_ca_file": str(authority.path),
            "client_auth_type": "RequireAndVerifyClientCert",
        }
        write_private(self.folder / "web.json", json.dumps({"tls_server_config": tls}).encode())
        # One processor at most, after everybody else, and memory given back early.
        environment = {"PATH": os.defpath, "HOME": str(self.folder), "GOMAXPROCS": "1", "GOGC": "50"}
        log = self.folder.parent / "logs/prometheus.log"
        return ProcessSpec(NAME, self._argv(), environment, log, cwd=self.folder)

    def client_context(self) -> ssl.SSLContext:
        """What a client needs to be let in."""
        context = ssl.create_default_context(cafile=str(CertificateAuthority.load(self.folder).path))
        context.load_cert_chain(self.folder / "client.crt", self.folder / "client.key")
        return context

    def _argv(self) -> list[str]:
        return [
            str(host_program("nice")),
            "-n10",
            str(program(NAME)),
            f"--config.file={self.folder / 'prometheus.json'}",
            f"--web.config.file={self.folder / 'web.json'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--web.max-connections=32",
            f"--storage.tsdb.path={self.data}",
            f"--storage.tsdb.retention.time={KEPT}",
            f"--storage.tsdb.retention.size={LARGEST}",
            "--query.timeout=30s",
            "--query.max-concurrency=4",
            "--log.level=warn",
        ]

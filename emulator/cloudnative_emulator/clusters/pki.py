"""Certificates, keys and kubeconfigs of one cluster."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cloudnative_emulator.clusters.config_files import write_config
from cloudnative_emulator.identity.ca import CertificateAuthority
from cloudnative_emulator.identity.private_files import make_private_folder, write_private

if TYPE_CHECKING:
    from pathlib import Path

# file name -> (common name, organisations): who each program is to the API server
_CLIENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "admin": ("cloudnative-emulator", ("system:masters",)),
    "controller-manager": ("system:kube-controller-manager", ()),
    "scheduler": ("system:kube-scheduler", ()),
    "kube-proxy": ("system:kube-proxy", ()),
    "coredns": ("cloudnative:coredns", ()),
    "etcd-client": ("kube-apiserver", ()),
    "kubelet-client": ("kube-apiserver-kubelet-client", ("system:masters",)),
}


@dataclass(frozen=True)
class Pki:
    """The folder `pki/` of a cluster; everything in it but certificates is 0600."""

    folder: Path
    authority: CertificateAuthority

    @classmethod
    def load(cls, cluster: Path) -> Pki:
        """The cluster's own authority and service-account key, made on first use and kept."""
        folder = cluster / "pki"
        make_private_folder(folder)
        pki = cls(folder, CertificateAuthority.load(folder))
        if not (folder / "sa.key").exists():
            pki._make_service_account_key()
        return pki

    @property
    def ca(self) -> Path:
        """Certificate of the cluster's authority."""
        return self.authority.path

    @property
    def secrets_key(self) -> str:
        """The key that the API server encrypts Secrets with, made on first use and kept; base64."""
        path = self.folder / "secrets.key"
        if not path.exists():
            write_private(path, base64.b64encode(os.urandom(32)))
        return path.read_text()

    def certificate(self, name: str) -> tuple[Path, Path]:
        """Where the certificate and the key called `name` lie."""
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def issue_servers(self, hosts: list[str]) -> None:
        """Certificates of the API server and of etcd, for these hosts; issued again when the hosts change."""
        kept = self.folder / "hosts.json"
        if kept.exists() and json.loads(kept.read_text()) == hosts:
            return
        for name in ("apiserver", "etcd"):
            self._issue(name, name, hosts=hosts)
        write_private(kept, json.dumps(hosts).encode())

    def issue_clients(self, node: str | None, node_address: str | None) -> None:
        """Client certificates of every program; kubelet's is its serving certificate too."""
        for name, (common_name, organizations) in _CLIENTS.items():
            if not self.certificate(name)[0].exists():
                self._issue(name, common_name, organizations=organizations)
        if node and node_address:
            self._issue(
                "kubelet", f"system:node:{node}", hosts=[node, node_address], organizations=("system:nodes",)
            )

    def kubeconfig(self, name: str, server: str, path: Path) -> None:
        """Write a kubeconfig with the client certificate `name` inside it."""
        certificate, key = (_inline(file) for file in self.certificate(name))
        user = {"client-certificate-data": certificate, "client-key-data": key}
        write_config(path, json.dumps(_kubeconfig(server, _inline(self.ca), user)).encode())

    def _issue(
        self,
        name: str,
        common_name: str,
        *,
        hosts: list[str] | None = None,
        organizations: tuple[str, ...] = (),
    ) -> None:
        issued = self.authority.issue(common_name, hosts or [], organizations=organizations)
        certificate, key = self.certificate(name)
        write_private(key, issued.key.encode())
        write_private(certificate, issued.certificate.encode(), mode=0o644)

    def _make_service_account_key(self) -> None:
        key = rsa.generate_private_key(65537, 2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        write_private(self.folder / "sa.pub", public, mode=0o644)
        write_private(self.folder / "sa.key", private)


def token_kubeconfig(server: str, ca_pem: str, token: str) -> dict[str, Any]:
    """A kubeconfig for a server that asks for a bearer token, as webhooks are described."""
    return _kubeconfig(server, base64.b64encode(ca_pem.encode()).decode(), {"token": token})


def _kubeconfig(server: str, ca_data: str, user: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "cluster", "cluster": {"server": server, "certificate-authority-data": ca_data}}
        ],
        "users": [{"name": "user", "user": user}],
        "contexts": [{"name": "context", "context": {"cluster": "cluster", "user": "user"}}],
        "current-context": "context",
    }


def _inline(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()

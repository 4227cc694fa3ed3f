"""The certificate authority of one home: everything that listens with TLS on this machine is signed by it."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cloudnative_emulator.identity.private_files import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_DAYS = 3650


@dataclass(frozen=True)
class IssuedCertificate:
    """A certificate with its private key, both PEM."""

    certificate: str
    key: str


class CertificateAuthority:
    """Signs server and client certificates; the key never leaves emulator/ca.key (0600)."""

    def __init__(self, path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.path, self._certificate, self._key = path, certificate, key

    @classmethod
    def load(cls, home: Path) -> Self:
        """The home's authority, made on first use."""
        path, key_path = home / "emulator" / "ca.pem", home / "emulator" / "ca.key"
        if not (path.exists() and key_path.exists()):
            _make(path, key_path)
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key_path}: not an elliptic curve key")
        return cls(path, x509.load_pem_x509_certificate(path.read_bytes()), key)

    @property
    def pem(self) -> str:
        """The authority's own certificate."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(
        self, name: str, hosts: Sequence[str] = LOOPBACK, *, organizations: Sequence[str] = ()
    ) -> IssuedCertificate:
        """A certificate for a server at `hosts`; also good for a client called `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([_host_name(host) for host in hosts])
        usage = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = (
            _builder(_subject(name, organizations), self._certificate.subject, key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
            .add_extension(self._authority_key_id(), critical=False)
        )
        signed = (builder.add_extension(names, critical=False) if hosts else builder).sign(
            self._key, hashes.SHA256()
        )
        return IssuedCertificate(signed.public_bytes(serialization.Encoding.PEM).decode(), _key_pem(key))

    def server_context(self, name: str, hosts: Sequence[str] = LOOPBACK) -> ssl.SSLContext:
        """A TLS context for a listener, with a fresh certificate that touches the disk only for a moment."""
        issued = self.issue(name, hosts)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with tempfile.NamedTemporaryFile("w", dir=self.path.parent, suffix=".pem") as file:  # mkstemp: 0600
            file.write(issued.certificate + issued.key)
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _authority_key_id(self) -> x509.AuthorityKeyIdentifier:
        own = self._certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value)


def _make(path: Path, key_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"cloudnative emulator {x509.random_serial_number() % 10**8:08}", ())
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _builder(subject, subject, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(key_path, _key_pem(key).encode())
    write_private(path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(name: str, organizations: Sequence[str]) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, value) for value in organizations]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()

"""Whether RUN steps of builds get the host's certificates: a proxy may sign TLS with a CA of its own."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cloudnative_toolchain.errors import ConfigError

SETTING = "CLOUDNATIVE_HOST_CERTIFICATES"
_CHOICES = ("auto", "on", "off")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_BUNDLES = (  # Debian, Fedora, SUSE, Alpine
    "etc/ssl/certs/ca-certificates.crt",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/ssl/ca-bundle.pem",
    "etc/ssl/cert.pem",
)
_SHIPPED = ("usr/share/ca-certificates",)  # what Debian, Ubuntu and Alpine make the bundle from
_ADDED = (  # where `update-ca-certificates` and `update-ca-trust` look for the machine's own
    "usr/local/share/ca-certificates",
    "etc/pki/ca-trust/source/anchors",
    "etc/pki/trust/anchors",
    "etc/ca-certificates/trust-source/anchors",
)


@dataclass(frozen=True)
class Host:
    """The certificates of one machine: its bundle, what the distribution ships, what was added."""

    bundle: Path | None
    trusted: frozenset[str]
    shipped: frozenset[str]
    added: frozenset[str]

    @property
    def own(self) -> frozenset[str]:
        """CAs that are not the distribution's; they may have been put straight into the bundle."""
        return self.trusted - self.shipped if self.shipped else self.trusted & self.added


@functools.cache
def trusted_by_builds() -> Path | None:
    """The bundle that RUN steps trust while this daemon runs; None where images keep their own."""
    asked = os.environ.get(SETTING) or "auto"
    return chosen(asked, read(Path("/"), os.environ.get("SSL_CERT_FILE", "")))


def chosen(asked: str, host: Host) -> Path | None:
    """What `auto`, `on` or `off` means on `host`."""
    if asked not in _CHOICES:
        raise ConfigError(
            code="emulator.host-certificates",
            what=f"{SETTING}={asked}",
            why=f"allowed: {', '.join(_CHOICES)}",
            fix=f"unset {SETTING}",
        )
    if asked == "on" and host.bundle is None:
        raise ConfigError(
            code="emulator.no-certificates",
            what="builds are to trust this machine's certificates",
            why="no bundle of certificates was found, and SSL_CERT_FILE names none",
            fix=f"unset {SETTING}",
        )
    return host.bundle if asked == "on" or (asked == "auto" and host.own) else None


def read(root: Path, named: str) -> Host:
    """The machine whose file system starts at `root`; `named` is its SSL_CERT_FILE, or empty."""
    places = [Path(named)] if named else []
    places += [root / place for place in _BUNDLES]
    bundle = next((place.resolve() for place in places if place.is_file()), None)
    trusted = _fingerprints([bundle] if bundle else [])
    return Host(bundle, trusted, _below(root, _SHIPPED), _below(root, _ADDED))


def _below(root: Path, folders: Iterable[str]) -> frozenset[str]:
    files = [file for folder in folders for file in (root / folder).rglob("*") if file.is_file()]
    return _fingerprints(files)


def _fingerprints(files: Iterable[Path]) -> frozenset[str]:
    texts = [text for file in files for text in _CERTIFICATE.findall(file.read_text(errors="replace"))]
    return frozenset(hashlib.sha256(ssl.PEM_cert_to_DER_cert(f"{text}\n")).hexdigest() for text in texts)

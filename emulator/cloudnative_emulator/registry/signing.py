"""The key that signs what the registry processes believe; its certificate is all they trust."""

from __future__ import annotations

import base64
import datetime
import time
import uuid
from typing import TYPE_CHECKING, Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from cloudnative_emulator.identity.private_files import write_private

if TYPE_CHECKING:
    from pathlib import Path

ISSUER = "cloudnative-emulator"
ACCESS_SECONDS = 120  # a removed role is felt after this at the latest


class RegistrySigner:
    """Signs access tokens as the registry's token specification has them."""

    def __init__(self, folder: Path) -> None:
        self.bundle = folder / "token.pem"
        self._key_path = folder / "token.key"
        if not (self.bundle.exists() and self._key_path.exists()):
            self._make()
        key = serialization.load_pem_private_key(self._key_path.read_bytes(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{self._key_path}: not an RSA key")
        self._key = key
        certificate = x509.load_pem_x509_certificate(self.bundle.read_bytes())
        der = certificate.public_bytes(serialization.Encoding.DER)
        self._header = {"x5c": [base64.b64encode(der).decode()]}

    def access_token(self, subject: str, service: str, access: list[dict[str, Any]]) -> str:
        """A token that grants exactly `access` at `service`."""
        now = int(time.time())
        times = {"iat": now, "nbf": now - 5, "exp": now + ACCESS_SECONDS}
        claims = {"iss": ISSUER, "sub": subject, "aud": service, "jti": uuid.uuid4().hex, "access": access}
        return jwt.encode({**claims, **times}, self._key, "RS256", self._header)

    def granted(self, token: str, service: str) -> list[dict[str, Any]]:
        """What a token of ours grants at `service`; nothing when it is forged, expired or for another one."""
        try:
            claims = jwt.decode(token, self._key.public_key(), ["RS256"], audience=service, issuer=ISSUER)
        except jwt.PyJWTError:
            return []
        return claims["access"]

    def _make(self) -> None:
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cloudnative registry tokens")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=3650))
            .sign(key, hashes.SHA256())
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(self._key_path, pem)
        write_private(self.bundle, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)

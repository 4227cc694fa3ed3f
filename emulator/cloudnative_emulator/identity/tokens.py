"""Signs and checks the RS256 tokens of this home's tenant."""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cloudnative_emulator.identity.private_files import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AKS_SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"
REGISTRY_AUDIENCE = "https://containerregistry.azure.net"
METRICS_AUDIENCE = "https://prometheus.monitor.azure.com"
LIFETIME_SECONDS = 3600


@dataclass(frozen=True)
class Principal:
    """Who a token speaks for."""

    object_id: str
    client_id: str


class InvalidTokenError(Exception):
    """The token is missing, forged, expired or meant for somebody else; the text says which."""


class TokenIssuer:
    """One tenant's issuer; its key is kept in emulator/token.key, so that tokens survive a restart."""

    def __init__(self, home: Path, arm: str, tenant: str) -> None:
        self.arm, self.tenant = arm, tenant
        self.issuer = f"{arm}/{tenant}/v2.0"
        self._key = _load_key(home / "emulator" / "token.key")
        numbers = self._key.public_key().public_numbers()
        self._modulus, self._exponent = _base64url(numbers.n), _base64url(numbers.e)
        self.key_id = hashlib.sha256(self._modulus.encode()).hexdigest()[:32]

    def keys(self) -> dict[str, Any]:
        """The JSON Web Key Set that verifies our tokens."""
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id}
        return {"keys": [{**key, "n": self._modulus, "e": self._exponent, "issuer": self.issuer}]}

    def access_token(
        self, principal: Principal, audience: str, lifetime: int = LIFETIME_SECONDS, **claims: object
    ) -> str:
        """A token that lets `principal` in at `audience`."""
        now = int(time.time())
        who = {"oid": principal.object_id, "sub": principal.object_id, "appid": principal.client_id}
        when = {"iat": now, "nbf": now - 5, "exp": now + lifetime}
        rest = {"aud": audience, "iss": self.issuer, "tid": self.tenant, "ver": "2.0", "idtyp": "app"}
        body = {**rest, **when, **who, "azp": principal.client_id, "uti": uuid.uuid4().hex, **claims}
        return jwt.encode(body, self._key, "RS256", {"kid": self.key_id})

    def verify(self, token: str, audiences: Sequence[str]) -> dict[str, Any]:
        """The claims of a token of ours for one of `audiences`, else InvalidTokenError."""
        try:
            return jwt.decode(
                token, self._key.public_key(), ["RS256"],
                audience=list(audiences), issuer=self.issuer, options={"require": ["exp", "oid", "appid"]},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise InvalidTokenError(str(error)) from error

    def principal(self, token: str, audiences: Sequence[str]) -> Principal:
        """Who the token speaks for."""
        claims = self.verify(token, audiences)
        return Principal(claims["oid"], claims["appid"])


def _load_key(path: Path) -> rsa.RSAPrivateKey:
    if not path.exists():
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(path, pem)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path}: not an RSA key")
    return key


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

"""GitHub's token issuer on this machine: what a job asks for its token, and the keys that are published."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from tests.loopback import serving

GITHUB = "https://token.actions.githubusercontent.com"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@dataclass
class GitHubIssuer:
    """Signs for any subject that is asked for; GitHub derives it from the job, `act` knows nothing of it."""

    url: str = ""
    asked: list[str] = field(default_factory=list[str])
    key: rsa.RSAPrivateKey = field(default_factory=_key)

    @classmethod
    @contextmanager
    def serving(cls) -> Generator[Self]:
        """An issuer that answers until the block ends."""
        issuer = cls()
        with serving(_handler(issuer)) as issuer.url:
            yield issuer

    def trusted_by(self, home: Path, at: str = "") -> None:
        """An emulator takes this for GitHub from now on."""
        keys = at or f"{self.url}/keys"
        (home / "emulator" / "trusted_issuers.json").write_text(json.dumps({GITHUB: keys}))

    def request(self, subject: str) -> dict[str, str]:
        """What a job's environment says, on GitHub's runners, about asking for its token."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?subject={quote(subject)}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-job",
        }

    def token(self, subject: str, audience: str = "api://AzureADTokenExchange") -> str:
        """A token as GitHub signs it."""
        now = int(time.time())
        claims = {
            "iss": GITHUB,
            "sub": subject,
            "aud": audience,
            "iat": now,
            "nbf": now - 5,
            "exp": now + 300,
        }
        who = {"repository": "acme/shop", "repository_owner_id": "12", "repository_id": "34"}
        return jwt.encode({**claims, **who}, self.key, "RS256", {"kid": "github"})

    def keys(self) -> dict[str, Any]:
        """The published key set."""
        public: dict[str, str] = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "github", "use": "sig"}]}


def _handler(issuer: GitHubIssuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/keys":
                return self._answer(200, issuer.keys())
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            if self.headers.get("Authorization") != "Bearer the-job":
                return self._answer(401, {"message": "who asks?"})
            issuer.asked.append(query["subject"])
            return self._answer(200, {"value": issuer.token(query["subject"], query["audience"])})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler

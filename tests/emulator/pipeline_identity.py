"""Jobs of a pipeline as the emulator sees them: tokens of an issuer that it trusts, and what they may do."""

from __future__ import annotations

import base64
import json
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

import cloudnative_emulator
from cloudnative_toolchain.federation import ASSERTION_TYPE

ISSUER = "https://token.actions.githubusercontent.com"
AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"


class Pipelines:
    """FAKE issuer of job tokens: our key under GitHub's name, in this home's list of trusted issuers."""

    def __init__(self, home: Path) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        public = jwt.get_algorithm_by_name("RS256").to_jwk(self._key.public_key(), as_dict=True)
        keys = {"keys": [{**public, "kid": "test", "use": "sig", "alg": "RS256"}]}
        (home / "emulator/trusted_issuers.json").write_text(json.dumps({ISSUER: keys}))

    def token(self, subject: str) -> str:
        """The token of a job with that subject."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": subject, "aud": "api://AzureADTokenExchange"}
        return jwt.encode({**claims, "iat": now, "exp": now + 600}, self._key, "RS256", {"kid": "test"})


@dataclass(frozen=True)
class Job:
    """One job: whose identity it asks for, and its token, in a file as pipelines have it."""

    client_id: str
    token_file: Path

    @property
    def settings(self) -> tuple[str, ...]:
        """What it exports: who it is, and no password."""
        without = ("AZURE_CLIENT_SECRET=", "ARM_CLIENT_SECRET=", "ARM_CLIENT_ID=")
        named = (f"AZURE_CLIENT_ID={self.client_id}", f"AZURE_FEDERATED_TOKEN_FILE={self.token_file}")
        return (*named, *without)

    def arm(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """One call to ARM below the subscription."""
        endpoint = _endpoint()
        url = f"{endpoint.arm}/subscriptions/{endpoint.subscription}{path}"
        headers = {"Authorization": f"Bearer {self.access_token(endpoint.arm)}"}
        return httpx.request(method, url, json=body, headers=headers, verify=_trust(), timeout=60)

    def kubernetes(self, cluster: str, path: str, body: dict[str, Any]) -> httpx.Response:
        """One POST to the API server of the cluster with that ARM id (below the subscription)."""
        found = self.arm("POST", f"{cluster}/listClusterUserCredential?api-version=2025-07-01").json()
        kubeconfig = json.loads(base64.b64decode(found["kubeconfigs"][0]["value"]))
        server = kubeconfig["clusters"][0]["cluster"]
        authority = base64.b64decode(server["certificate-authority-data"]).decode()
        headers = {"Authorization": f"Bearer {self.access_token(AKS_SERVER)}"}
        trust = ssl.create_default_context(cadata=authority)
        return httpx.post(server["server"] + path, json=body, headers=headers, verify=trust)

    def access_token(self, audience: str) -> str:
        """What the token endpoint gives for the job's token."""
        endpoint = _endpoint()
        form = {
            "grant_type": "client_credentials", "client_id": self.client_id, "scope": f"{audience}/.default",
            "client_assertion_type": ASSERTION_TYPE, "client_assertion": self.token_file.read_text(),
        }  # fmt: skip
        url = f"{endpoint.arm}/{endpoint.tenant}/oauth2/v2.0/token"
        answer = httpx.post(url, data=form, verify=_trust())
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


def _endpoint() -> cloudnative_emulator.Endpoint:
    found = cloudnative_emulator.endpoint()
    assert found, "the emulator does not run"
    return found


def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=_endpoint().ca)

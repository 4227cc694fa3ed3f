"""Who may do what, asked as a kube-apiserver asks: tokens of the emulator's issuer, then its authorizer."""

from __future__ import annotations

import json
import ssl
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import jwt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudnative_emulator.ports import ClusterSpec

_ALLOWED_SECONDS, _DENIED_SECONDS = 5.0, 1.0  # like the API servers of the other back ends
_MOST_ANSWERS = 1000
_TIMEOUT = aiohttp.ClientTimeout(total=5)


class Gate:
    """Knows users by their object id; `close` it."""

    def __init__(self, spec: ClusterSpec, ca_pem: str) -> None:
        self._spec = spec
        self._trust = ssl.create_default_context(cadata=ca_pem)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._trust), timeout=_TIMEOUT
        )
        self._keys: dict[str, jwt.PyJWK] = {}
        self._answers: dict[str, tuple[bool, float]] = {}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def user(self, authorization: str) -> str | None:
        """The object id that a bearer token speaks for, None when the token is not good here."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid")))
            spec = self._spec
            claims = (
                jwt.decode(token, key, ["RS256"], audience=spec.audience, issuer=spec.issuer) if key else {}
            )
        except jwt.PyJWTError:
            return None
        return str(claims["oid"]) if "oid" in claims else None

    async def allows(self, user: str, attributes: Mapping[str, Any]) -> bool:
        """Whether the emulator's role assignments allow it; else the cluster's own RBAC is to decide."""
        question = json.dumps({"user": user, **attributes}, sort_keys=True)
        kept, until = self._answers.get(question, (False, 0.0))
        if time.monotonic() < until:
            return kept
        allowed = await self._ask(user, attributes)
        if len(self._answers) >= _MOST_ANSWERS:
            self._answers.clear()
        seconds = _ALLOWED_SECONDS if allowed else _DENIED_SECONDS
        self._answers[question] = allowed, time.monotonic() + seconds
        return allowed

    async def _ask(self, user: str, attributes: Mapping[str, Any]) -> bool:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, **attributes},
        }
        headers = {"Authorization": f"Bearer {self._spec.authorizer_token}"}
        async with self._session.post(self._spec.authorizer_url, json=review, headers=headers) as answer:
            answer.raise_for_status()
            return bool((await answer.json())["status"]["allowed"])

    async def _key(self, key_id: str) -> jwt.PyJWK | None:
        if key_id not in self._keys:
            base = self._spec.issuer.removesuffix("/v2.0")
            async with self._session.get(f"{base}/discovery/v2.0/keys") as answer:
                answer.raise_for_status()
                keys: list[dict[str, Any]] = (await answer.json())["keys"]
            self._keys = {str(each["kid"]): jwt.PyJWK(each) for each in keys}
        return self._keys.get(key_id)

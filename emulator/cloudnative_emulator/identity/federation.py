"""Workload identity: a cluster's service-account token becomes one of our managed identities."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import jwt

from cloudnative_emulator.arm.kinds.clusters import CLUSTERS
from cloudnative_emulator.arm.kinds.identities import by_client_id
from cloudnative_emulator.identity.endpoints import SignInError
from cloudnative_emulator.identity.tokens import Principal

if TYPE_CHECKING:
    from pathlib import Path

    from cloudnative_emulator.arm.cloud import Cloud

_CREDENTIALS = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
_LOOPBACK = re.compile(r"https?://127\.0\.0\.1:[0-9]+/")
_PATIENCE = aiohttp.ClientTimeout(total=5)
_ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384"]


class WorkloadFederation:
    """Trusts this emulator's clusters, and the issuers of emulator/trusted_issuers.json.

    That file maps an issuer to its key set, or to the address on this machine where it publishes one.
    """

    def __init__(self, cloud: Cloud, trusted: Path) -> None:
        self._cloud, self._trusted = cloud, trusted

    async def principal(self, client_id: str, assertion: str) -> Principal:
        """The identity whose federated credential matches the assertion."""
        identity = by_client_id(self._cloud, client_id)
        if not identity:
            text = (
                f"Application with identifier '{client_id}' was not found in the directory of the emulator."
            )
            raise SignInError(700016, "unauthorized_client", text)
        claims = await self._claims(assertion)
        credentials = self._cloud.store.under(identity["id"], _CREDENTIALS)
        if not any(_matches(body["properties"], claims) for body in credentials):
            raise _no_match(claims)
        return Principal(identity["properties"]["principalId"], client_id)

    async def _claims(self, assertion: str) -> dict[str, Any]:
        try:
            loose = jwt.decode(assertion, options={"verify_signature": False})
            keys = jwt.PyJWKSet.from_json(await self._keys(str(loose.get("iss", ""))))
            wanted = jwt.get_unverified_header(assertion).get("kid")
            key = next(key for key in keys.keys if wanted in {None, key.key_id})
            options: Any = {"verify_aud": False, "require": ["exp", "iss", "sub", "aud"]}
            return jwt.decode(assertion, key, _ALGORITHMS, options=options)
        except jwt.ExpiredSignatureError as error:
            text = "Client assertion is not within its valid time range."
            raise SignInError(700024, "invalid_client", text) from error
        except (jwt.PyJWTError, StopIteration) as error:
            raise SignInError(
                50027, "invalid_request", f"The client assertion is not valid: {error}."
            ) from error

    async def _keys(self, issuer: str) -> str:
        for cluster in self._cloud.store.of_type(CLUSTERS):
            info = self._cloud.backend.info(cluster["id"])
            if info and info.service_account_issuer == issuer and info.jwks:
                return info.jwks
        listed: dict[str, Any] = json.loads(self._trusted.read_text()) if self._trusted.exists() else {}
        if issuer not in listed:
            raise SignInError(700211, "invalid_request", f"No trusted issuer is called '{issuer}'.")
        keys = listed[issuer]
        return await _published(issuer, keys) if isinstance(keys, str) else json.dumps(keys)


async def _published(issuer: str, url: str) -> str:
    """The key set at an address of this machine: the emulator asks nobody else."""
    refused = f"The keys of issuer '{issuer}' could not be retrieved from '{url}'"
    if not _LOOPBACK.match(url):
        raise SignInError(50166, "invalid_request", f"{refused}: it is not on this machine.")
    try:
        async with aiohttp.ClientSession(timeout=_PATIENCE) as session, session.get(url) as answer:
            answer.raise_for_status()
            return await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise SignInError(50166, "invalid_request", f"{refused}: {error}.") from error


def _matches(credential: dict[str, Any], claims: dict[str, Any]) -> bool:
    """Exact and case-sensitive, as Entra compares (CI-02)."""
    audience: str | list[str] = claims["aud"]
    sent = {audience} if isinstance(audience, str) else set(audience)
    same = credential["issuer"] == claims["iss"] and credential["subject"] == claims["sub"]
    return same and not sent.isdisjoint(credential["audiences"])


def _no_match(claims: dict[str, Any]) -> SignInError:
    text = (
        "No matching federated identity record found for presented assertion. Assertion Issuer: "
        f"'{claims['iss']}'. Assertion Subject: '{claims['sub']}'. "
        f"Assertion Audience: '{claims['aud']}'."
    )
    return SignInError(700213, "invalid_request", text)

"""Sign-in over HTTP: metadata, OpenID configuration, keys and the token endpoint, as Entra ID has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from cloudnative_emulator.identity.account import same_secret
from cloudnative_emulator.identity.tokens import (
    AKS_SERVER_APPLICATION,
    LIFETIME_SECONDS,
    METRICS_AUDIENCE,
    REGISTRY_AUDIENCE,
    Principal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudnative_emulator.identity.account import Account
    from cloudnative_emulator.identity.tokens import TokenIssuer

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class SignInError(Exception):
    """A refused sign-in: an AADSTS code, OAuth's error word and the text Entra ID would show."""

    def __init__(self, code: int, error: str, text: str, status: int = 401) -> None:
        super().__init__(text)
        self.code, self.error, self.text, self.status = code, error, text, status


class Federation(Protocol):
    """Exchanges a trusted issuer's token for one of our managed identities."""

    async def principal(self, client_id: str, assertion: str) -> Principal:
        """The identity that trusts the assertion's issuer and subject, else SignInError."""
        ...


class SignIn:
    """The routes under `/{tenant}` and `/metadata`."""

    def __init__(self, account: Account, issuer: TokenIssuer, federation: Federation) -> None:
        self._account, self._issuer, self._federation = account, issuer, federation

    def routes(self) -> list[web.RouteDef]:
        """What an aiohttp application serves."""
        return [
            web.get("/metadata/endpoints", self._metadata),
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration),
            web.get("/{tenant}/.well-known/openid-configuration", self._configuration),
            web.get("/{tenant}/discovery/v2.0/keys", self._keys),
            web.post("/{tenant}/oauth2/v2.0/token", self._token),
        ]

    async def _metadata(self, _request: web.Request) -> web.Response:
        arm, tenant = self._issuer.arm, self._account.tenant
        authentication = {
            "loginEndpoint": arm, "audiences": [arm], "tenant": tenant, "identityProvider": "AAD",
        }  # fmt: skip
        body = {
            "name": "cloudnative-emulator", "resourceManager": arm, "authentication": authentication,
            "activeDirectoryDataLake": "", "graph": arm, "microsoftGraphResourceId": arm, "portal": arm,
            "media": arm, "batch": arm, "gallery": arm, "sqlManagement": arm, "vmImageAliasDoc": arm,
            "suffixes": {"acrLoginServer": "127.0.0.1", "storage": "127.0.0.1", "keyVaultDns": "127.0.0.1"},
        }  # fmt: skip
        return web.json_response(body)

    async def _configuration(self, request: web.Request) -> web.Response:
        self._check_tenant(request)
        base = f"{self._issuer.arm}/{self._account.tenant}"
        body = {
            "issuer": self._issuer.issuer,
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token", "token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "oid", "tid", "appid"],
        }
        return web.json_response(body)

    async def _keys(self, request: web.Request) -> web.Response:
        self._check_tenant(request)
        return web.json_response(self._issuer.keys())

    async def _token(self, request: web.Request) -> web.Response:
        try:
            self._check_tenant(request)
            form = {key: str(value) for key, value in (await request.post()).items()}
            principal = await self._authenticate(form)
            audience = self._audience(form.get("scope", ""))
        except SignInError as error:
            body = {"error": error.error, "error_description": f"AADSTS{error.code}: {error.text}"}
            return web.json_response({**body, "error_codes": [error.code]}, status=error.status)
        token = self._issuer.access_token(principal, audience)
        times = {"expires_in": LIFETIME_SECONDS, "ext_expires_in": LIFETIME_SECONDS}
        return web.json_response({"token_type": "Bearer", **times, "access_token": token})

    async def _authenticate(self, form: Mapping[str, str]) -> Principal:
        if form.get("grant_type") != "client_credentials":
            raise SignInError(70003, "unsupported_grant_type", "Only client_credentials is supported.", 400)
        client = form.get("client_id", "")
        if form.get("client_assertion_type") == ASSERTION_TYPE:
            return await self._federation.principal(client, form.get("client_assertion", ""))
        if client.lower() != self._account.client_id:
            text = f"Application with identifier '{client}' was not found in the directory of the emulator."
            raise SignInError(700016, "unauthorized_client", text)
        if not same_secret(form.get("client_secret", ""), self._account.client_secret):
            raise SignInError(7000215, "invalid_client", "Invalid client secret provided.")
        return Principal(self._account.object_id, self._account.client_id)

    def _audience(self, scope: str) -> str:
        wanted = [part for part in scope.split() if part.endswith("/.default")]
        resource = wanted[0].removesuffix("/.default") if wanted else ""
        known = {self._issuer.arm, AKS_SERVER_APPLICATION, REGISTRY_AUDIENCE, METRICS_AUDIENCE}
        if resource.rstrip("/") not in known:
            text = f"The resource principal named '{resource}' was not found in the emulator's tenant."
            raise SignInError(500011, "invalid_resource", text, 400)
        return resource.rstrip("/")

    def _check_tenant(self, request: web.Request) -> None:
        tenant = request.match_info["tenant"]
        if tenant.lower() not in {self._account.tenant, "organizations", "common"}:
            raise SignInError(90002, "invalid_request", f"Tenant '{tenant}' not found.", 400)

"""ACR's token endpoints, on the registry's own port: /oauth2/exchange and /oauth2/token."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from cloudnative_emulator.arm.kinds.identities import by_client_id
from cloudnative_emulator.arm.kinds.parts import part
from cloudnative_emulator.arm.kinds.registries import admin_password
from cloudnative_emulator.identity.account import same_secret
from cloudnative_emulator.identity.tokens import REGISTRY_AUDIENCE, InvalidTokenError, Principal
from cloudnative_emulator.registry.rights import Denied, covers, grant, parse_scopes
from cloudnative_emulator.registry.signing import ACCESS_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.registry.signing import RegistrySigner

REFRESH_USER = "00000000-0000-0000-0000-000000000000"
_REFRESH_SECONDS = 3 * 3600
_ADMIN = "registry-admin"


@dataclass(frozen=True)
class TokenService:
    """Answers for one registry; nothing is cached, so a removed role counts at the next token."""

    cloud: Cloud
    signer: RegistrySigner
    registry_id: str
    service: str  # the login server

    def routes(self) -> list[web.RouteDef]:
        """What the registry's port serves besides /v2/."""
        return [
            web.post("/oauth2/exchange", self._exchange),
            web.post("/oauth2/token", self._post_token),
            web.get("/oauth2/token", self._get_token),
        ]

    def refusal(self, request: web.Request, kind: str, name: str, action: str) -> web.Response | None:
        """401 with a challenge unless the request's token, user or admin may do that; None when it may."""
        wanted: list[dict[str, object]] = [{"type": kind, "name": name, "actions": [action]}]
        try:
            self._check(request.headers.get("Authorization", ""), wanted)
        except Denied as denied:
            answer = unauthorized(denied.text)
            realm = f'realm="https://{request.host}/oauth2/token",service="{self.service}"'
            answer.headers["WWW-Authenticate"] = f'Bearer {realm},scope="{kind}:{name}:{action}"'
            return answer
        return None

    def _check(self, header: str, wanted: list[dict[str, object]]) -> None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            self._grant(_known(self._by_password(*_basic(header))), wanted)
        elif not covers(self.signer.granted(token, self.service), wanted):
            raise Denied("the token is not valid or does not grant this")

    async def _exchange(self, request: web.Request) -> web.Response:
        form = await _form(request)
        try:
            principal = self.cloud.issuer.principal(form.get("access_token", ""), self._audiences())
        except InvalidTokenError as error:
            return unauthorized(f"the access token is not valid for this registry: {error}")
        token = self.cloud.issuer.access_token(principal, self.service, _REFRESH_SECONDS)
        return web.json_response({"refresh_token": token})

    def _audiences(self) -> list[str]:
        """Whom tokens are made for: registries, and all of ARM where the policy allows that (ACR-06)."""
        arm = self.cloud.issuer.arm
        body = self.cloud.store.get(self.registry_id)
        policy = part(body, "properties", "policies", "azureADAuthenticationAsArmPolicy")
        return [REGISTRY_AUDIENCE, *([] if policy.get("status") == "disabled" else [arm, arm + "/"])]

    async def _post_token(self, request: web.Request) -> web.Response:
        form = await _form(request)
        if form.get("grant_type") == "password":
            principal = self._by_password(form.get("username", ""), form.get("password", ""))
        else:
            principal = self._by_refresh_token(form.get("refresh_token", ""))
        return self._answer(principal, [form.get("scope", "")])

    async def _get_token(self, request: web.Request) -> web.Response:
        user, password = _basic(request.headers.get("Authorization", ""))
        return self._answer(self._by_password(user, password), request.query.getall("scope", []))

    def _answer(self, principal: Principal | str, scopes: list[str]) -> web.Response:
        try:
            who = _known(principal)
            granted = self._grant(who, parse_scopes(scopes))
        except Denied as denied:
            return unauthorized(denied.text)
        token = self.signer.access_token(who.object_id, self.service, granted)
        return web.json_response({"access_token": token, "token": token, "expires_in": ACCESS_SECONDS})

    def _grant(self, principal: Principal, wanted: list[dict[str, object]]) -> list[dict[str, object]]:
        if principal.client_id == _ADMIN:
            return wanted
        return grant(self.cloud, self.registry_id, principal.object_id, wanted)

    def _by_refresh_token(self, token: str) -> Principal | str:
        try:
            return self.cloud.issuer.principal(token, [self.service])
        except InvalidTokenError as error:
            return f"the refresh token is not valid for this registry: {error}"

    def _by_password(self, user: str, password: str) -> Principal | str:
        """The principal, or why not; secrets never travel further than this."""
        account = self.cloud.account
        if user == REFRESH_USER:
            return self._by_refresh_token(password)
        if user.lower() == account.client_id and same_secret(password, account.client_secret):
            return Principal(account.object_id, account.client_id)
        identity = by_client_id(self.cloud, user)
        if identity and same_secret(password, account.kubelet_password(user)):
            return Principal(identity["properties"]["principalId"], user)
        if self._is_admin(user, password):
            return Principal(_ADMIN, _ADMIN)
        return f"no such user, or a wrong password for '{user}'" if user else "authentication required"

    def _is_admin(self, user: str, password: str) -> bool:
        registry = self.cloud.store.get(self.registry_id)
        if not registry or not registry["properties"]["adminUserEnabled"] or user != registry["name"]:
            return False
        return any(same_secret(password, admin_password(self.cloud, self.registry_id, n)) for n in (1, 2))


def _known(principal: Principal | str) -> Principal:
    if isinstance(principal, str):
        raise Denied(principal)
    return principal


def unauthorized(text: str) -> web.Response:
    """401 whose reason phrase carries the text too: containerd shows the status line, never the body."""
    error = {"code": "UNAUTHORIZED", "message": text}
    return web.json_response({"errors": [error]}, status=401, reason=f"Unauthorized: {text}")


def _basic(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


async def _form(request: web.Request) -> Mapping[str, str]:
    return {key: str(value) for key, value in (await request.post()).items()}

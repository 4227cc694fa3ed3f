"""ARM over HTTP: who calls, what for, and the answer or ARM's error."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.arm import ids, routes
from cloudnative_emulator.arm.answers import delays_for
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.faults import OPERATION_FAULT
from cloudnative_emulator.arm.kinds.kind import Call
from cloudnative_emulator.arm.requests import CALLER
from cloudnative_emulator.identity.tokens import InvalidTokenError, Principal

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud


class Arm:
    """The catch-all handler of everything that needs a bearer token."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        try:
            response = await self._answer(request)
        except ArmError as error:
            return error.response()
        if "retry-after-ms" in response.headers:
            response.headers.update(delays_for(request.headers.get("User-Agent", "")))
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        principal = self._principal(request)
        request[CALLER] = principal.object_id
        path = request.path.rstrip("/") or "/"
        version = request.query.get("api-version")
        if not version:
            text = "The api-version query parameter (?api-version=) is required for all requests."
            raise ArmError(400, "MissingApiVersionParameter", text)
        target = ids.parse(path)
        self._check_subscription(target)
        handler, action = routes.find(request.method, path, target)
        payload = await _payload(request)
        self._authorize(principal, action, target, payload)
        fault = request.get(OPERATION_FAULT)
        answer = handler(Call(self._cloud, target, principal, request.query, payload, fault))
        return await answer if inspect.isawaitable(answer) else answer

    def _principal(self, request: web.Request) -> Principal:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        arm = self._cloud.issuer.arm
        if scheme.lower() != "bearer" or not token:
            raise self._refusal(
                "AuthenticationFailed", "The 'Authorization' header is not present or is invalid."
            )
        try:
            return self._cloud.issuer.principal(token, [arm, arm + "/"])
        except InvalidTokenError as error:
            raise self._refusal(
                "InvalidAuthenticationToken", f"The access token is invalid: {error}."
            ) from error

    def _refusal(self, code: str, text: str) -> ArmError:
        where = f"{self._cloud.issuer.arm}/{self._cloud.account.tenant}"
        challenge = f'Bearer authorization_uri="{where}", error="invalid_token", error_description="{text}"'
        return ArmError(401, code, f"Authentication failed. {text}", headers={"WWW-Authenticate": challenge})

    def _check_subscription(self, target: ids.Target) -> None:
        wanted = target.subscription
        if wanted and wanted.lower() != self._cloud.account.subscription:
            raise ArmError(404, "SubscriptionNotFound", f"The subscription '{wanted}' could not be found.")

    def _authorize(self, principal: Principal, action: str, target: ids.Target, payload: Any) -> None:
        if not action:
            return
        scope = (
            target.owner.id
            if target.trailing and target.names
            else (target.id if target.names else target.scope)
        )
        action = action.replace("*/register", f"{target.namespace}/register")
        self._cloud.access.require(principal, action, scope, payload)


async def _payload(request: web.Request) -> Any:
    if request.method not in {"PUT", "PATCH", "POST"}:
        return None
    raw = await request.read()
    if not raw:
        return {}
    try:
        return json.loads(raw)
    except ValueError as error:
        text = f"The request content was invalid and could not be deserialized: {error}."
        raise ArmError(400, "InvalidRequestContent", text) from error

"""The query API of Azure Monitor workspaces: Prometheus' own, behind Entra's tokens and Azure's roles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import aiohttp
from aiohttp import web

from cloudnative_emulator.identity.tokens import METRICS_AUDIENCE, InvalidTokenError, Principal

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud

WORKSPACES = "Microsoft.Monitor/accounts"
EVERYTHING = "all"  # what stands for a workspace where an environment has none
_DATA_ACTION = f"{WORKSPACES}/data/metrics/read"
_PATHS = re.compile(r"query|query_range|series|labels|label/[^/]+/values|metadata")
_FORM = "application/x-www-form-urlencoded"


def query_endpoint(arm: str, workspace: str) -> str:
    """The URL that clients put `/api/v1/query` behind."""
    return f"{arm}/prometheus/{workspace}"


class MetricsSource(Protocol):
    """Where queries go."""

    async def session(self) -> aiohttp.ClientSession | None:
        """A way to Prometheus' API; None where there is nothing to measure."""
        ...


class QueryApi:
    """`/prometheus/{workspace}/api/v1/...`."""

    def __init__(self, cloud: Cloud, metrics: MetricsSource | None) -> None:
        self._cloud, self._metrics = cloud, metrics

    def routes(self) -> list[web.RouteDef]:
        """What an aiohttp application serves."""
        path = "/prometheus/{workspace}/api/v1/{path:.*}"
        return [web.get(path, self.handle), web.post(path, self.handle)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one query, or say in Prometheus' form why not."""
        path = request.match_info["path"]
        try:
            principal = self._principal(request)
        except InvalidTokenError as error:
            challenge = {"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{error}"'}
            return _refusal(401, "unauthorized", f"the access token is not accepted: {error}", challenge)
        if not _PATHS.fullmatch(path):
            return _refusal(404, "not_found", f"there is no /api/v1/{path} in this API")
        if refused := self._check(principal, request.match_info["workspace"]):
            return refused
        return await self._ask(request, path)

    def _principal(self, request: web.Request) -> Principal:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise InvalidTokenError("the Authorization header is missing")
        return self._cloud.issuer.principal(token, [METRICS_AUDIENCE, f"{METRICS_AUDIENCE}/"])

    def _check(self, principal: Principal, workspace: str) -> web.Response | None:
        access = self._cloud.access
        if workspace == EVERYTHING:
            scope, action = self._cloud.subscription_id, "Microsoft.ContainerService/managedClusters/read"
            allowed = access.allows(principal.object_id, action, scope)
        else:
            found = next(
                (
                    w
                    for w in self._cloud.store.of_type(WORKSPACES)
                    if w["properties"].get("accountId") == workspace
                ),
                None,
            )
            if found is None:
                return _refusal(404, "not_found", f"there is no Azure Monitor workspace {workspace}")
            scope, action = str(found["id"]), _DATA_ACTION
            allowed = access.allows(principal.object_id, action, scope, data=True)
        if allowed:
            return None
        text = f"principal {principal.object_id} has no role with {action} on {scope}"
        return _refusal(403, "forbidden", text)

    async def _ask(self, request: web.Request, path: str) -> web.StreamResponse:
        session = await self._metrics.session() if self._metrics else None
        if session is None:
            return _refusal(503, "unavailable", "no cluster runs, so nothing is measured")
        body = await request.read()
        headers = {"Content-Type": request.headers.get("Content-Type", _FORM)} if body else {}
        try:
            async with session.request(
                request.method, f"/api/v1/{path}", params=request.query, data=body or None, headers=headers
            ) as answer:
                content = answer.headers.get("Content-Type", "application/json")
                return web.Response(
                    body=await answer.read(), status=answer.status, headers={"Content-Type": content}
                )
        except aiohttp.ClientError as error:
            return _refusal(503, "unavailable", f"Prometheus does not answer: {error}")


def _refusal(status: int, kind: str, text: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"status": "error", "errorType": kind, "error": text}
    return web.json_response(body, status=status, headers=headers)

"""What everybody takes for the cluster's API server: HTTPS on loopback, before kubectl's proxy.

Users come with tokens of the emulator's issuer. What their role assignments allow is done with the rights of
the pinned context; for everything else the cluster is asked in the user's own name (impersonation): its own
RBAC decides, as after the authorizer of the other back ends. The context's credentials are never handed out.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from yarl import URL

from cloudnative_emulator.clusters.context.attributes import attributes_of
from cloudnative_emulator.clusters.context.names import Renaming, images_in, registries_of
from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from cloudnative_emulator.clusters.context.copies import Copies
    from cloudnative_emulator.clusters.context.gate import Gate
    from cloudnative_emulator.ports import Ports

_LARGEST_BODY = 16 << 20
_CHUNK = 1 << 18
_OURS = frozenset(
    {"authorization", "host", "connection", "content-length", "transfer-encoding", "accept-encoding",
     "upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "keep-alive", "te",
     "sec-websocket-protocol", "trailer", "proxy-authorization", "expect"}
)  # fmt: skip
_NOT_RELAYED = frozenset(
    {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}
)
_OUR_CLIENTS = ("User-Agent", "Content-Type", "Accept", "Accept-Encoding")
_WRITES = ("POST", "PUT", "PATCH")


class Front:
    """Serves one cluster until closed."""

    def __init__(
        self, socket: Path, gate: Gate, ports: Ports, copies: Copies | None, *, context: str
    ) -> None:
        self._gate, self._ports, self._copies, self._context = gate, ports, copies, context
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        connector = aiohttp.UnixConnector(str(socket), limit=0)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, auto_decompress=False, skip_auto_headers=_OUR_CLIENTS
        )
        application = web.Application(client_max_size=_LARGEST_BODY)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)

    async def listen(self, port: int, context: ssl.SSLContext) -> None:
        """Answer on 127.0.0.1."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=context).start()

    async def close(self) -> None:
        """Stop answering."""
        await self._runner.cleanup()
        await self._session.close()
        await self._gate.close()
        if self._copies:
            await self._copies.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            headers = await self._admit(request)
            if isinstance(headers, web.Response):
                return headers
            if request.headers.get("Upgrade"):
                return await self._converse(request, headers)
            return await self._answer(request, headers)
        except (aiohttp.ClientError, TimeoutError) as error:
            return refusal(503, "ServiceUnavailable", f"context {self._context} does not answer: {error}")
        except CloudnativeError as error:
            return refusal(403, "Forbidden", f"{error}{f'; {error.fix}' if error.fix else ''}")

    async def _admit(self, request: web.Request) -> dict[str, str] | web.Response:
        """The headers to go on with, in the context's name or in the user's; or why not."""
        if any(name.lower().startswith("impersonate-") for name in request.headers):
            return refusal(403, "Forbidden", "a cluster of the back end `context` takes no impersonation")
        user = await self._gate.user(request.headers.get("Authorization", ""))
        if user is None:
            return refusal(401, "Unauthorized", "Unauthorized")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OURS}
        if "protobuf" in headers.get("Accept", ""):
            headers["Accept"] = "application/json"  # names inside of protobuf carry their length
        attributes = attributes_of(request.method, request.path, request.query)
        if not await self._gate.allows(user, attributes):
            headers["Impersonate-User"] = user
        return headers

    async def _answer(self, request: web.Request, headers: dict[str, str]) -> web.StreamResponse:
        renaming, body = self._renaming(), await request.read()
        if request.method in _WRITES and "protobuf" in request.content_type:
            return refusal(415, "UnsupportedMediaType", "send JSON or YAML: protobuf cannot be renamed")
        if request.method in _WRITES:
            await self._bring_images(request, body)
        async with self._session.request(
            request.method,
            _url(request),
            headers=headers,
            data=renaming.whole(body) or None,
            allow_redirects=False,
        ) as answer:
            return await _relay(request, answer, renaming.back())

    async def _bring_images(self, request: web.Request, body: bytes) -> None:
        servers = registries_of(self._ports.chosen)
        for image in images_in(body, servers):
            if self._copies is None:
                raise _no_registry(self._context, f"{image.server}/{image.repository}")
            if "dryRun" not in request.query:
                await self._copies.ensure(image, f"{servers[image.server]}/{image.repository}")

    async def _converse(self, request: web.Request, headers: dict[str, str]) -> web.StreamResponse:
        """exec, attach and port-forward: messages both ways until one side ends."""
        if request.headers["Upgrade"].lower() != "websocket":
            return refusal(400, "BadRequest", "only WebSockets are carried: kubectl 1.31 and later use them")
        offered = [
            name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if name
        ]
        try:
            far = await self._session.ws_connect(
                _url(request), protocols=offered, headers=headers, max_msg_size=0, autoclose=False
            )
        except aiohttp.WSServerHandshakeError as error:
            return refusal(error.status, "Forbidden" if error.status == 403 else "BadRequest", error.message)
        near = web.WebSocketResponse(protocols=[far.protocol] if far.protocol else [], max_msg_size=0)
        await near.prepare(request)
        ways = [asyncio.create_task(_pass_on(far, near)), asyncio.create_task(_pass_on(near, far))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await far.close()
        await near.close()
        return near

    def _renaming(self) -> Renaming:
        registry = self._copies.address.partition("://")[2] if self._copies else ""
        return Renaming.outward(registries_of(self._ports.chosen) if registry else {}, registry)


Conversation = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _pass_on(source: Conversation, target: Conversation) -> None:
    with contextlib.suppress(ConnectionError):  # the other side has hung up, which is how these end
        async for message in source:
            if message.type is aiohttp.WSMsgType.BINARY:
                await target.send_bytes(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT:
                await target.send_str(message.data)


async def _relay(
    request: web.Request, answer: aiohttp.ClientResponse, renaming: Renaming
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    response.headers.extend(
        (name, value) for name, value in answer.headers.items() if name.lower() not in _NOT_RELAYED
    )
    await response.prepare(request)
    is_renamed, rest = "json" in answer.content_type and request.method != "HEAD", b""
    try:
        async for chunk in answer.content.iter_any():
            part, rest = renaming.part(rest + chunk) if is_renamed else (chunk, b"")
            if part:
                await response.write(part)
        await response.write(renaming.whole(rest))
        await response.write_eof()
    except (aiohttp.ClientError, ConnectionError):  # one side hung up: what is cut off must not look whole
        if request.transport:
            request.transport.abort()
    return response


def refusal(status: int, reason: str, message: str) -> web.Response:
    """A Status, as an API server answers."""
    body: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return web.json_response({**body, "message": message, "reason": reason, "code": status}, status=status)


def _no_registry(context: str, image: str) -> CloudnativeError:
    return CloudnativeError(
        code="emulator.no-registry",
        what=image,
        why=f"the cluster of context {context} cannot reach this machine's registry, and no other was named",
        fix="cloudnative emulator stop && cloudnative emulator start --registry localhost:5001",
    )


def _url(request: web.Request) -> URL:
    return URL(f"http://localhost{request.raw_path}", encoded=True)

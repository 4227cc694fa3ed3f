"""The TLS front of a registry process: streams /v2/ both ways without holding blobs in memory."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade",
     "transfer-encoding", "expect"}
)  # fmt: skip
_CHUNK = 1 << 18
_CLIENT_CLOSED = 499
_PATIENCE_SECONDS = 5.0
_REALM = re.compile(r'realm="[^"]*"')


class RegistryProxy:
    """Passes requests to the process behind a Unix socket."""

    def __init__(self, socket: Path) -> None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        connector = aiohttp.UnixConnector(str(socket), limit=0)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, auto_decompress=False, skip_auto_headers=("User-Agent",)
        )

    async def close(self) -> None:
        """Drop the connections to the process."""
        await self._session.close()

    async def wait_ready(self, seconds: float = 20) -> None:
        """Return when the process answers; TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    async with self._session.get("http://registry/v2/") as answer:
                        if answer.status == 401:
                            return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a /v2/ request; 503 in the registry's own format while the process is away."""
        try:
            upstream = await self._send(request)
        except aiohttp.ClientError as error:
            text = f"the registry process does not answer: {error}"
            return web.json_response({"errors": [{"code": "UNAVAILABLE", "message": text}]}, status=503)
        async with upstream:
            try:
                return await _relay(request, upstream)
            except ConnectionResetError:  # clients drop an answer they do not need: nobody is left to tell
                return web.Response(status=_CLIENT_CLOSED)

    async def _send(self, request: web.Request) -> aiohttp.ClientResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        headers["X-Forwarded-Proto"] = "https"
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            body = _read(request) if request.body_exists else None
            try:
                return await self._session.request(
                    request.method, _url(request), headers=headers, data=body, allow_redirects=False
                )
            except aiohttp.ClientConnectorError:  # nothing was sent yet: the supervisor restarts the process
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.1)


async def _read(request: web.Request) -> AsyncIterator[bytes]:
    async for chunk in request.content.iter_chunked(_CHUNK):
        yield chunk


async def _relay(request: web.Request, upstream: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=upstream.status, reason=upstream.reason)
    for name, value in upstream.headers.items():
        if name.lower() not in _HOP_BY_HOP:
            response.headers.add(name, _own_realm(value, request) if name == "Www-Authenticate" else value)
    await response.prepare(request)
    if request.method != "HEAD":
        async for chunk in upstream.content.iter_chunked(_CHUNK):
            await response.write(chunk)
    await response.write_eof()
    return response


def _own_realm(challenge: str, request: web.Request) -> str:
    """The token endpoint as this client reaches us: nodes come by another address than the host."""
    return _REALM.sub(f'realm="https://{request.host}/oauth2/token"', challenge)


def _url(request: web.Request) -> str:
    return f"http://registry{request.raw_path}"

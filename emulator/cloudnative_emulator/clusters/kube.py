"""A thin client of one API server, with the emulator's own rights."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from typing import TYPE_CHECKING, Any, Self, cast

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_log = logging.getLogger(__name__)
Object = dict[str, Any]
_TIMEOUT = aiohttp.ClientTimeout(total=30)


class KubeError(Exception):
    """The API server said no."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status, self.reason = status, reason


class KubeClient:
    """Calls one API server; `close` it."""

    def __init__(self, server: str, connector: aiohttp.BaseConnector) -> None:
        self._server = server
        self._session = aiohttp.ClientSession(connector=connector)

    @classmethod
    def with_certificate(cls, server: str, ca: Path, certificate: Path, key: Path) -> Self:
        """Signed in with a client certificate."""
        context = ssl.create_default_context(cafile=str(ca))
        context.load_cert_chain(certificate, key)
        return cls(server, aiohttp.TCPConnector(ssl=context))

    @classmethod
    def at_socket(cls, socket: Path) -> Self:
        """Behind `kubectl proxy`, which signs in."""
        return cls("http://localhost", aiohttp.UnixConnector(str(socket)))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def call(
        self, method: str, path: str, body: Object | None = None, *, content_type: str = "application/json"
    ) -> Object:
        """One request; KubeError when the answer is not 2xx."""
        data = json.dumps(body) if body is not None else None
        headers = {"Content-Type": content_type}
        url = self._server + path
        async with self._session.request(method, url, data=data, headers=headers, timeout=_TIMEOUT) as answer:
            text = await answer.text()
            if answer.status >= 300:
                raise _error(answer.status, text)
            return json.loads(text) if text.startswith("{") else {"text": text}

    async def apply(self, path: str, body: Object) -> Object:
        """Server-side apply as `cloudnative-emulator`, taking over what others own."""
        query = "?fieldManager=cloudnative-emulator&force=true"
        return await self.call("PATCH", path + query, body, content_type="application/apply-patch+yaml")

    async def patch(self, path: str, body: Object) -> Object:
        """JSON merge patch."""
        return await self.call("PATCH", path, body, content_type="application/merge-patch+json")

    async def watch(self, path: str) -> AsyncIterator[tuple[str, Object]]:
        """Every object there is as `ADDED`, then every change, for ever; lists anew where it must."""
        version = ""
        while True:
            try:
                if not version:
                    listing = await self.call("GET", path)
                    version = str(listing["metadata"]["resourceVersion"])
                    kind = {
                        "kind": str(listing["kind"]).removesuffix("List"),
                        "apiVersion": listing["apiVersion"],
                    }
                    for item in cast("list[Object]", listing["items"]):
                        yield "ADDED", kind | item
                async for change, item in self._changes(path, version):
                    version = str(item["metadata"]["resourceVersion"])
                    if change != "BOOKMARK":
                        yield change, item
            except (aiohttp.ClientError, TimeoutError, KubeError) as error:
                _log.debug("watch of %s: %s", path, error)
                version = ""
                await asyncio.sleep(0.5)

    async def _changes(self, path: str, version: str) -> AsyncIterator[tuple[str, Object]]:
        query = f"?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion={version}"
        timeout = aiohttp.ClientTimeout(total=None, sock_read=330)
        async with self._session.get(self._server + path + query, timeout=timeout) as answer:
            if answer.status >= 300:
                raise _error(answer.status, await answer.text())
            async for line in _lines(answer.content):
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise KubeError(410, "Expired", str(event["object"].get("message")))
                yield event["type"], event["object"]

    async def event(self, involved: Object, *, reason: str, message: str, warning: bool = True) -> None:
        """Post an event about an object, as `kubectl describe` shows it."""
        meta = involved["metadata"]
        body: Object = {
            "metadata": {"generateName": f"{meta['name']}.", "namespace": meta["namespace"]},
            "involvedObject": {
                "apiVersion": involved.get("apiVersion", "v1"),
                "kind": involved["kind"],
                "name": meta["name"],
                "namespace": meta["namespace"],
                "uid": meta["uid"],
            },
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "source": {"component": "cloudnative-emulator"},
        }
        await self.call("POST", f"/api/v1/namespaces/{meta['namespace']}/events", body)


async def _lines(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines of any length: aiohttp's own reader refuses those over 128 KiB, and objects may have 1.5 MiB."""
    buffer = b""
    async for chunk in stream.iter_any():
        buffer += chunk
        *whole, buffer = buffer.split(b"\n")
        for line in whole:
            yield line


def _error(status: int, text: str) -> KubeError:
    if text.startswith("{"):
        body = json.loads(text)
        return KubeError(status, str(body.get("reason", "")), str(body.get("message", "")))
    return KubeError(status, "", text.strip())

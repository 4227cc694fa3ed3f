"""Short calls to ARM that are safe to repeat, and to the addresses with a signature that ARM hands out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .access import Cloud, loopback, unreachable
from .objects import part

_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=60)
_TRIES = 5


class ArmRefusal(Exception):  # noqa: N818  an answer, not a mistake
    """ARM's error: status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


class ArmCalls:
    """One cloud's ARM as we are signed in to it."""

    def __init__(self, where: Cloud, session: aiohttp.ClientSession) -> None:
        self._where, self._session = where, session

    async def call(
        self, method: str, path: str, version: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """ARM's answer; a read that meets a server in trouble is asked again."""
        tries = _TRIES if method == "GET" else 1
        for attempt in range(1, tries + 1):
            try:
                status, answer = await self._once(method, path, version, body)
            except (aiohttp.ClientConnectionError, TimeoutError) as error:
                if attempt == tries:
                    raise unreachable(self._where, str(error) or type(error).__name__) from error
            else:
                if status < 400:
                    return answer
                if attempt == tries or status not in (429, 500, 502, 503, 504):
                    detail = part(answer, "error")
                    raise ArmRefusal(status, detail.get("code", ""), detail.get("message", ""))
            await asyncio.sleep(0.5 * 2**attempt)
        raise AssertionError("the last try returns or raises")

    async def put_blob(self, url: str, content: Path) -> None:
        """The file as the blob that a signed address stands for; the address is a credential."""
        self._check(url)
        headers = {"x-ms-blob-type": "BlockBlob"}
        with content.open("rb") as stream:
            async with self._session.put(url, data=stream, headers=headers, ssl=self._where.tls()) as answer:
                if answer.status != 201:
                    raise ArmRefusal(answer.status, "UploadRefused", (await answer.text())[:300])

    async def blob(self, url: str, start: int) -> bytes:
        """What the blob has from byte `start` on; empty when there is nothing (yet)."""
        self._check(url)
        headers = {"Range": f"bytes={start}-"}
        async with self._session.get(url, headers=headers, ssl=self._where.tls()) as answer:
            content = await answer.read()
            return content if answer.status == 206 else content[start:] if answer.status == 200 else b""

    async def _once(
        self, method: str, path: str, version: str, body: dict[str, Any] | None
    ) -> tuple[int, dict[str, Any]]:
        where = self._where
        headers = {"Authorization": f"Bearer {await where.token(where.arm)}"}
        url, query = where.arm + path, {"api-version": version}
        async with self._session.request(
            method, url, params=query, json=body, headers=headers, ssl=where.tls()
        ) as answer:
            content: Any = await answer.json(content_type=None)
            return answer.status, content or {}

    def _check(self, url: str) -> None:
        if self._where.emulated and not loopback(url):
            raise CloudnativeError(
                code="emulator.not-loopback",
                what="an address that the emulator gave",
                why="an emulator environment never reaches anything outside this machine",
                exit_code=ExitCode.RESOURCE,
            )


@asynccontextmanager
async def arm_calls(where: Cloud) -> AsyncGenerator[ArmCalls]:
    """A session with ARM."""
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        yield ArmCalls(where, session)

"""A region's API server for readers that stay for hours: dead peers are noticed, credentials renewed."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    import httpx

    from cloudnative.kubernetes import Access

# An API server or a way to it that dies without a word: noticed after 15 + 3 x 5 s
_KEEP_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), seconds)
        for name, seconds in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]


class CutError(Exception):
    """The API server cannot be reached, or not just now; asking again may help."""


class GoneError(Exception):
    """The thing asked for is not there (any more)."""


class RegionApi:
    """Reads of one cluster; safe to use from many threads."""

    def __init__(self, region: str, sign_in: Callable[[], Access]) -> None:
        self.region, self._sign_in = region, sign_in
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def get(self, path: str, **query: str) -> Any:
        """One document."""
        with self._answer(path, query, read_seconds=20) as answer:
            return json.loads(answer.read())

    @contextmanager
    def lines(
        self, path: str, *, read_seconds: float | None, **query: str
    ) -> Generator[Iterator[list[bytes]]]:
        """The lines of an answer as they come, several at a time; inside, the server has accepted."""
        with self._answer(path, query, read_seconds) as answer:
            yield _lines(answer)

    @contextmanager
    def _answer(
        self, path: str, query: dict[str, str], read_seconds: float | None
    ) -> Generator[httpx.Response]:
        import httpx

        timeout = httpx.Timeout(10, read=read_seconds)
        client = self._connected()
        try:
            with client.stream("GET", path, params=query, timeout=timeout) as answer:
                if not answer.is_success:
                    answer.read()
                    raise self._refusal(answer, client)
                yield answer
        except httpx.HTTPError as error:
            raise CutError(str(error) or type(error).__name__) from error

    def _connected(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                try:
                    self._client = _client(self._sign_in())
                except CloudnativeError as error:
                    raise CutError(str(error)) from error
            return self._client

    def _refusal(self, answer: httpx.Response, client: httpx.Client) -> Exception:
        status, text = answer.status_code, answer.text[:300]
        if status == 404:
            return GoneError(text)
        if status == 401:  # the token has expired
            with self._lock:
                self._client = None if self._client is client else self._client
        if status in (400, 401, 408, 410, 429) or status >= 500:
            return CutError(f"{status}: {text}")
        return CloudnativeError(
            code="cluster.refused",
            what=f"the cluster in {self.region} answered {status} for {answer.request.url.path}",
            why=text,
            fix="cloudnative doctor",
        )


def _client(access: Access) -> httpx.Client:
    import httpx

    trust = ssl.create_default_context(cadata=access.ca) if access.ca else True
    transport = httpx.HTTPTransport(
        verify=trust,
        trust_env=not access.ca,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=10),
        socket_options=_KEEP_ALIVE,
    )
    headers = {"Authorization": f"Bearer {access.token}"}
    return httpx.Client(base_url=access.server, transport=transport, headers=headers)


def _lines(answer: httpx.Response) -> Iterator[list[bytes]]:
    """Whole lines only: half a line is what a cut leaves, and comes again whole."""
    rest = b""
    for piece in answer.iter_bytes():  # with a size it would wait for so much
        *whole, rest = (rest + piece).split(b"\n")
        if whole:
            yield whole
    if rest:
        yield [rest]

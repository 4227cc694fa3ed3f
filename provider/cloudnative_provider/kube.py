"""A small client of a Kubernetes API server; every request is bounded and can be cancelled.

HTTP/1.1 with a pool of connections: measured against HTTP/2 and the big client libraries in decision 0051.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .objects import parts

MANAGER = "cloudnative"
CONCURRENCY = 16
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)
_ATTEMPTS = 5
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
Object = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind as this API server serves it."""

    api_version: str
    name: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        """The URL path of the collection, or of one object."""
        prefix = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        scope = f"/namespaces/{quote(namespace)}" if self.namespaced and namespace else ""
        return f"{prefix}{scope}/{self.plural}" + (f"/{quote(name)}" if name else "")


class KubeError(Exception):
    """The API server said no: HTTP status, Kubernetes' reason and message, and the causes it names."""

    def __init__(self, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(answer.get("message", f"HTTP {status}"))
        self.status, self.reason = status, answer.get("reason", "")
        self.message: str = answer.get("message", f"HTTP {status}")
        self.causes: list[dict[str, str]] = parts(answer, "details", "causes")


class Kube:
    """An open connection pool to one API server; use as `async with`."""

    def __init__(self, server: str, token: str, tls: ssl.SSLContext | None, *, where: str) -> None:
        self.where, self._server, self._tls = where, server, tls
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._kinds: dict[tuple[str, str], Kind] = {}

    async def __aenter__(self) -> Kube:
        connector = aiohttp.TCPConnector(limit=CONCURRENCY, ssl=self._tls or True)
        self._session = aiohttp.ClientSession(connector=connector, headers=self._headers, timeout=_TIMEOUT)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def kind(self, api_version: str, name: str, *, fresh: bool = False) -> Kind | None:
        """How this server serves a kind, or `None` when it does not (yet)."""
        if fresh or not self._kinds:
            self._kinds = await self._discover()
        return self._kinds.get((api_version, name))

    async def apply(self, kind: Kind, obj: Object, *, dry_run: bool = False, force: bool = False) -> Object:
        """Server-side apply under our own name; fields that somebody else owns are taken by `force` only."""
        meta = obj["metadata"]
        query = {"fieldManager": MANAGER, "fieldValidation": "Strict", "force": str(force).lower()}
        return await self.request(
            "PATCH",
            kind.path(meta.get("namespace", ""), meta["name"]),
            body=obj,
            query={**query, "dryRun": "All"} if dry_run else query,
            content_type="application/apply-patch+yaml",
        )

    async def list(self, kind: Kind, namespace: str = "", *, metadata: bool = False) -> list[Object]:
        """Every object of a kind (in a namespace); `metadata` leaves spec and status out."""
        accept = _METADATA if metadata else "application/json"
        query = {"resourceVersion": "0"} if not metadata else {}
        answer = await self.request("GET", kind.path(namespace), query=query, accept=accept)
        return answer["items"] or []  # Go says null for an empty list

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """One object, or `None` when it does not exist."""
        try:
            return await self.request("GET", kind.path(namespace, name))
        except KubeError as error:
            if error.status == 404:
                return None
            raise

    async def delete(
        self, kind: Kind, namespace: str, name: str, *, uid: str = "", children: str = "Background"
    ) -> None:
        """Start deleting one object (only the one with `uid`, when given); one that is gone is fine.

        `children` is Kubernetes' propagation policy: `Background`, `Foreground` or `Orphan`.
        """
        body: Object = {"propagationPolicy": children}
        if uid:
            body["preconditions"] = {"uid": uid}
        try:
            await self.request("DELETE", kind.path(namespace, name), body=body)
        except KubeError as error:
            if error.status != 404 and not (error.status == 409 and uid):
                raise

    async def logs(self, namespace: str, pod: str, container: str, *, previous: bool, lines: int = 20) -> str:
        """The last lines of a container, empty when the server has none."""
        query = {"container": container, "tailLines": str(lines), "previous": str(previous).lower()}
        path = f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(pod)}/log"
        try:
            return await self.request("GET", path, query=query, accept="text/plain, */*")
        except KubeError as error:
            if error.status in (400, 404, 500):
                return ""
            raise

    async def status(self, path: str) -> int:
        """The HTTP status that the server, or what it is a proxy for, answers to one GET."""
        try:
            async with self._session.get(self._server + path, allow_redirects=False) as response:
                return response.status
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise self._unreachable(error) from error

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Object | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Any:
        """One request, repeated while the server says that it is too busy; JSON or text."""
        data = json.dumps(body) if body is not None else None
        headers = {"Accept": accept, **({"Content-Type": content_type} if data else {})}
        for attempt in range(_ATTEMPTS):
            last = attempt == _ATTEMPTS - 1
            try:
                return await self._once(method, path, data, query, headers, last=last)
            except _Busy as busy:
                await asyncio.sleep(busy.seconds)
            except (aiohttp.ClientConnectionError, TimeoutError) as error:
                if last:
                    raise self._unreachable(error) from error
                await asyncio.sleep(0.2 * 2**attempt)
        raise AssertionError(path)

    async def _once(
        self,
        method: str,
        path: str,
        data: str | None,
        query: Mapping[str, str] | None,
        headers: dict[str, str],
        *,
        last: bool,
    ) -> Any:
        url = self._server + path
        async with self._session.request(method, url, data=data, params=query, headers=headers) as response:
            content = await response.read()
            if response.status < 400:
                is_json = "json" in response.content_type
                return json.loads(content) if is_json else content.decode(errors="replace")
            if response.status in (429, 502, 503, 504) and not last:
                raise _Busy(min(float(response.headers.get("Retry-After", "1")), 5.0))
            raise _refusal(response.status, content, self.where)

    async def _discover(self) -> dict[tuple[str, str], Kind]:
        found: dict[tuple[str, str], Kind] = {}
        for answer in await asyncio.gather(
            *(self.request("GET", p, accept=_DISCOVERY) for p in ("/api", "/apis"))
        ):
            for group in answer["items"]:
                for version in group["versions"]:
                    name = group["metadata"].get("name", "")
                    api_version = f"{name}/{version['version']}" if name else version["version"]
                    for item in version.get("resources", []):
                        kind = item["responseKind"]["kind"]
                        found[api_version, kind] = Kind(
                            api_version, kind, item["resource"], item["scope"] == "Namespaced"
                        )
        return found

    def _unreachable(self, error: Exception) -> CloudnativeError:
        return CloudnativeError(
            code="cluster.unreachable",
            what=self.where,
            why=f"its API server {self._server} does not answer: {error or type(error).__name__}",
            exit_code=ExitCode.RESOURCE,
        )


async def concurrently(work: Iterable[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Results in order; the first failure cancels the rest."""
    gate = asyncio.Semaphore(CONCURRENCY)

    async def one(call: Callable[[], Awaitable[Any]]) -> Any:
        async with gate:
            return await call()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in work]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


class _Busy(Exception):  # noqa: N818  a state, not a mistake
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _refusal(status: int, content: bytes, where: str) -> Exception:
    try:
        answer = json.loads(content)
    except ValueError:
        answer = {"message": content.decode(errors="replace")[:500]}
    if status == 401:
        return CloudnativeError(
            code="cluster.unauthorized",
            what=where,
            why="the API server does not accept our sign-in",
            exit_code=ExitCode.SIGN_IN,
        )
    return KubeError(status, answer)

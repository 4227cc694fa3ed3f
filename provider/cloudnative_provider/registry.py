"""A small client of an OCI registry behind ACR's token flow: exchange, token, manifests, blobs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import aiohttp

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .access import REGISTRY_AUDIENCE, Cloud, cloud, loopback

_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=10)
_LONG = aiohttp.ClientTimeout(total=3600, connect=10)  # layers are large
_CHUNK = 1 << 20
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
ACCEPT = ", ".join(
    [
        MANIFEST,
        INDEX,
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ]
)


@dataclass(frozen=True)
class StoredManifest:
    """A manifest as its registry has it: known by the digest of these very bytes."""

    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


class Registry:
    """One registry as we are signed in to it; use as `async with`."""

    def __init__(self, where: Cloud, server: str) -> None:
        if where.emulated and not loopback(server):
            raise CloudnativeError(
                code="registry.not-loopback",
                what=server,
                why="an emulator environment never reaches a registry outside this machine",
            )
        self.server, self._where = server, where
        self._tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._where.tls(), limit=8)
        self.session = aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def refresh_token(self) -> str:
        """ACR's refresh token for us: the identity token of a Docker configuration (BLD-08)."""
        form = {
            "grant_type": "access_token",
            "service": self.server,
            "access_token": await self._where.token(REGISTRY_AUDIENCE),
        }
        if self._where.tenant:
            form["tenant"] = self._where.tenant
        return (await self._form("/oauth2/exchange", form))["refresh_token"]

    async def tags(self, repository: str) -> list[str]:
        """Every tag, empty when there is no such repository."""
        found: list[str] = []
        path = f"/v2/{repository}/tags/list?n=1000"
        while path:
            status, headers, content = await self._call("GET", path, repository, "pull")
            if status == 404:
                return []
            found += json.loads(content).get("tags") or []
            link = headers.get("Link", "")
            path = urljoin(path, link[link.index("<") + 1 : link.index(">")]) if link else ""
        return found

    async def digest(self, repository: str, reference: str) -> str:
        """The digest of a manifest, empty when it is not there."""
        status, headers, _ = await self._call(
            "HEAD", f"/v2/{repository}/manifests/{reference}", repository, "pull", {"Accept": ACCEPT}
        )
        return headers.get("Docker-Content-Digest", reference) if status == 200 else ""

    async def manifest(self, repository: str, reference: str) -> dict[str, Any] | None:
        """A manifest, `None` when it is not there."""
        path = f"/v2/{repository}/manifests/{reference}"
        status, _, content = await self._call("GET", path, repository, "pull", {"Accept": ACCEPT})
        return json.loads(content) if status == 200 else None

    async def put_manifest(self, repository: str, reference: str, manifest: Mapping[str, Any]) -> str:
        """Store a manifest under a tag; returns its digest."""
        content = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
        return await self.push(repository, reference, StoredManifest(str(manifest["mediaType"]), content))

    async def pull(self, repository: str, reference: str) -> StoredManifest | None:
        """A manifest as its bytes, `None` when it is not there."""
        path = f"/v2/{repository}/manifests/{reference}"
        status, headers, content = await self._call("GET", path, repository, "pull", {"Accept": ACCEPT})
        return StoredManifest(headers.get("Content-Type", MANIFEST), content) if status == 200 else None

    async def push(self, repository: str, reference: str, manifest: StoredManifest) -> str:
        """Store a manifest byte for byte under a tag or its digest; returns its digest."""
        path = f"/v2/{repository}/manifests/{reference}"
        headers = {"Content-Type": manifest.media_type}
        status, _, answer = await self._call(
            "PUT", path, repository, "pull,push", headers, content=manifest.content
        )
        self.expect(status, {201}, path, answer)
        return manifest.digest

    async def has_blob(self, repository: str, digest: str) -> bool:
        """Whether the repository has it."""
        path = f"/v2/{repository}/blobs/{digest}"
        status, _, _ = await self._call("HEAD", path, repository, "pull,push")
        return status == 200

    async def blob(self, repository: str, digest: str) -> bytes:
        """A blob's content, checked against its digest."""
        path = f"/v2/{repository}/blobs/{digest}"
        status, _, content = await self._call("GET", path, repository, "pull")
        self.expect(status, {200}, path, content)
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
            raise self.error("registry.corrupt", path, "the content does not match its digest")
        return content

    async def put_blob(self, repository: str, content: bytes) -> dict[str, Any]:
        """Store a blob unless it is there; returns digest and size for a manifest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if not await self.has_blob(repository, digest):
            await self._upload(repository, digest, content, len(content))
        return {"digest": digest, "size": len(content)}

    async def take_blob(self, source: Registry, repository: str, digest: str, size: int) -> None:
        """Store a blob of another registry, streamed; the server refuses it when its digest is another."""
        path = f"/v2/{repository}/blobs/{digest}"
        token = await source.access_token(f"repository:{repository}:pull")
        try:
            async with source.session.get(
                f"https://{source.server}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=_LONG
            ) as answer:
                source.expect(answer.status, {200}, path, b"")
                await self._upload(repository, digest, answer.content.iter_chunked(_CHUNK), size)
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise source.error("registry.unreachable", source.server, str(error) or "no answer") from error

    async def _upload(self, repository: str, digest: str, content: Any, size: int) -> None:
        path = f"/v2/{repository}/blobs/uploads/"
        status, headers, answer = await self._call("POST", path, repository, "pull,push")
        self.expect(status, {202}, path, answer)
        place = urljoin(f"https://{self.server}{path}", headers["Location"])
        parts = urlsplit(place)
        target = (
            f"{parts.path}?{parts.query}&digest={digest}" if parts.query else f"{parts.path}?digest={digest}"
        )
        sent = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        status, _, answer = await self._call("PUT", target, repository, "pull,push", sent, content=content)
        self.expect(status, {201}, path, answer)

    async def _call(
        self,
        method: str,
        path: str,
        repository: str,
        actions: str,
        headers: Mapping[str, str] | None = None,
        *,
        content: Any = None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        token = await self.access_token(f"repository:{repository}:{actions}")
        sent = {"Authorization": f"Bearer {token}", **(headers or {})}
        status, answered, body = await self._send(method, path, data=content, headers=sent)
        if status in (401, 403):
            raise self._denied(repository, actions, body)
        if status >= 500:
            self.expect(status, set(), path, body)
        return status, answered, body

    async def access_token(self, scope: str) -> str:
        """A token for `repository:NAME:ACTIONS`, kept while this client lives."""
        if scope not in self._tokens:
            if "" not in self._tokens:
                self._tokens[""] = await self.refresh_token()
            form = {
                "grant_type": "refresh_token",
                "service": self.server,
                "scope": scope,
                "refresh_token": self._tokens[""],
            }
            self._tokens[scope] = (await self._form("/oauth2/token", form))["access_token"]
        return self._tokens[scope]

    async def _form(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        status, _, content = await self._send("POST", path, data=dict(form))
        if status in (401, 403):
            raise self._denied("", "sign-in", content)
        self.expect(status, {200}, path, content)
        return json.loads(content)

    async def _send(
        self, method: str, path: str, *, data: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        url = f"https://{self.server}{path}"
        try:
            timeout = _TIMEOUT if data is None or isinstance(data, dict | bytes) else _LONG
            async with self.session.request(
                method, url, data=data, headers=headers, timeout=timeout
            ) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise self.error(
                "registry.unreachable", self.server, str(error) or "no answer in time"
            ) from error

    def expect(self, status: int, wanted: set[int], path: str, content: bytes) -> None:
        """Raises for an answer that is none of the wanted ones."""
        if status not in wanted:
            raise self.error("registry.refused", f"{self.server}{path}", f"{status}: {content[:300]!r}")

    def _denied(self, repository: str, actions: str, content: bytes) -> CloudnativeError:
        role = "AcrPush" if "push" in actions else "AcrPull"
        return CloudnativeError(
            code="registry.denied",
            what=f"{self.server}/{repository} ({actions})",
            why=f"we need {role} on this registry: {content[:200].decode(errors='replace')}",
            exit_code=ExitCode.SIGN_IN,
        )

    def error(self, code: str, what: str, why: str) -> CloudnativeError:
        """An error of this registry."""
        return CloudnativeError(code=code, what=what, why=why, exit_code=ExitCode.RESOURCE)


def registry(cloud_name: str, server: str) -> Registry:
    """The registry at `server` in one of our clouds."""
    return Registry(cloud(cloud_name), server)


def split_ref(ref: str) -> tuple[str, str, str]:
    """Server, repository and digest of `server/repository@digest`."""
    name, _, digest = ref.partition("@")
    server, _, repository = name.partition("/")
    return server, repository, digest

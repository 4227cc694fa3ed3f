"""Brings images of the emulator's registries into the registry that the user named, by digest, once each."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import aiohttp

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.context.names import ImageName

_MANIFESTS = ", ".join(
    [
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ]
)
_TIMEOUT = aiohttp.ClientTimeout(total=600, sock_connect=10)


class Copies:
    """Copies as the kubelet identity of a cluster, so that a missing AcrPull is missed here; `close` it."""

    def __init__(self, address: str, *, username: str, password: str, ca_pem: str) -> None:
        self.address = address  # with its scheme
        self._login = aiohttp.BasicAuth(username, password)
        self._trust = ssl.create_default_context(cadata=ca_pem)
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        self._done: set[tuple[ImageName, str]] = set()
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def ensure(self, image: ImageName, target: str) -> None:
        """The image is in the user's registry, as repository `target`, when this returns."""
        async with self._one_at_a_time:  # objects that run the same image come side by side
            if (image, target) not in self._done:
                await self._copy(image, target)

    async def _copy(self, image: ImageName, target: str) -> None:
        try:
            await _Copy(self._session, image, f"{self.address}/v2/{target}", self._trust, self._login).run()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CloudnativeError(
                code="emulator.registry-copy",
                what=f"{image.repository} cannot be copied to {self.address}",
                why=str(error) or type(error).__name__,
                fix=f"curl -sS {self.address}/v2/",
                exit_code=ExitCode.RESOURCE,
            ) from error
        if image.reference.startswith("sha256:"):
            self._done.add((image, target))


class _Copy:
    """One image on its way."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        image: ImageName,
        target: str,
        trust: ssl.SSLContext,
        login: aiohttp.BasicAuth,
    ) -> None:
        self._session, self._image, self._target = session, image, target
        self._trust, self._login, self._token = trust, login, ""
        self._source = f"https://{image.server}/v2/{image.repository}"

    async def run(self) -> None:
        self._token = await self._pull_token()
        await self._manifest(self._image.reference)

    async def _manifest(self, reference: str) -> None:
        """What it refers to, then itself: a registry refuses a manifest whose parts it does not have."""
        url = f"{self._target}/manifests/{reference}"
        if reference.startswith("sha256:") and await self._is_there(url):
            return
        async with self._get(f"manifests/{reference}") as answer:
            kind, content = answer.headers["Content-Type"], await answer.read()
        manifest: dict[str, Any] = json.loads(content)
        for child in manifest.get("manifests", []):
            await self._manifest(child["digest"])
        for part in [*manifest.get("layers", []), *filter(None, [manifest.get("config")])]:
            await self._blob(part["digest"], int(part["size"]))
        async with self._session.put(url, data=content, headers={"Content-Type": kind}) as answer:
            answer.raise_for_status()

    async def _blob(self, digest: str, size: int) -> None:
        if await self._is_there(f"{self._target}/blobs/{digest}"):
            return
        async with self._session.post(f"{self._target}/blobs/uploads/") as answer:
            answer.raise_for_status()
            place = urljoin(str(answer.url), answer.headers["Location"])
        place += ("&" if "?" in place else "?") + f"digest={digest}"
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        async with (
            self._get(f"blobs/{digest}") as source,
            self._session.put(place, data=source.content.iter_chunked(1 << 18), headers=headers) as answer,
        ):
            answer.raise_for_status()

    async def _is_there(self, url: str) -> bool:
        async with self._session.head(url, headers={"Accept": _MANIFESTS}) as answer:
            if answer.status == 404:
                return False
            answer.raise_for_status()
            return True

    def _get(self, path: str) -> aiohttp.client._RequestContextManager:  # pyright: ignore[reportPrivateUsage] - aiohttp has no public name for it
        headers = {"Accept": _MANIFESTS, "Authorization": f"Bearer {self._token}"}
        return self._session.get(
            f"{self._source}/{path}", headers=headers, ssl=self._trust, raise_for_status=True
        )

    async def _pull_token(self) -> str:
        image = self._image
        query = {"service": image.server, "scope": f"repository:{image.repository}:pull"}
        url = f"https://{image.server}/oauth2/token"
        async with self._session.get(url, params=query, auth=self._login, ssl=self._trust) as answer:
            body: dict[str, Any] = await answer.json(content_type=None)
            if answer.status == 200:
                return str(body["access_token"])
            raise CloudnativeError(
                code="emulator.registry-pull",
                what=f"{image.server}/{image.repository}",
                why="; ".join(str(each["message"]) for each in body.get("errors", [])),
                exit_code=ExitCode.RESOURCE,
            )

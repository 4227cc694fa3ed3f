"""A read-only OCI distribution endpoint over an image layout: the stand-in for Docker Hub."""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Make = Callable[[str, str], Awaitable[None]]

_log = logging.getLogger(__name__)

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
REF_NAME = "org.opencontainers.image.ref.name"


class Mirror:
    """Serves the layout's images as docker.io/NAME:TAG; what it does not have is 404, so clients go on."""

    def __init__(self, layout: Path, make: Make) -> None:
        """`make` is given name and tag of what is not there, and may add it to the layout."""
        self._layout, self._make = layout, make

    def application(self) -> web.Application:
        """The routes, for GET and HEAD."""
        application = web.Application()
        application.router.add_get("/v2/", self._base)
        application.router.add_get("/v2/{name:.+}/manifests/{reference}", self._manifest)
        application.router.add_get("/v2/{name:.+}/blobs/{digest}", self._blob)
        return application

    async def _base(self, _request: web.Request) -> web.Response:
        return web.json_response({}, headers={"Docker-Distribution-API-Version": "registry/2.0"})

    async def _manifest(self, request: web.Request) -> web.StreamResponse:
        name, reference = request.match_info["name"], request.match_info["reference"]
        entry = self._find(name, reference)
        if entry is None and not _DIGEST.fullmatch(reference):
            try:
                await self._make(name, reference)
            except CloudnativeError as error:
                _log.error("%s:%s cannot be made: %s", name, reference, error)
                return _failed(name, reference, error)
            entry = self._find(name, reference)
        if entry is None:
            return _unknown("MANIFEST_UNKNOWN", f"{name}:{reference}")
        return self._file(entry["digest"], entry["mediaType"])

    async def _blob(self, request: web.Request) -> web.StreamResponse:
        digest = request.match_info["digest"]
        if not _DIGEST.fullmatch(digest):
            return _unknown("DIGEST_INVALID", digest)
        return self._file(digest, "application/octet-stream")

    def _find(self, name: str, reference: str) -> dict[str, Any] | None:
        for entry in self._entries():
            known = entry.get("annotations", {}).get(REF_NAME, "")
            if known == f"docker.io/{name}:{reference}" or (
                entry["digest"] == reference and known.startswith(f"docker.io/{name}:")
            ):
                return entry
        return None

    def _entries(self) -> list[dict[str, Any]]:
        index = self._layout / "index.json"
        return json.loads(index.read_text())["manifests"] if index.exists() else []

    def _file(self, digest: str, media_type: str) -> web.StreamResponse:
        path = self._layout / "blobs" / "sha256" / digest.removeprefix("sha256:")
        if not path.is_file():
            return _unknown("BLOB_UNKNOWN", digest)
        headers = {"Content-Type": media_type, "Docker-Content-Digest": digest}
        return web.FileResponse(path, headers=headers)


def _unknown(code: str, what: str) -> web.Response:
    error = {"code": code, "message": f"{what} is not in the emulator's mirror"}
    return web.json_response({"errors": [error]}, status=404)


def _failed(name: str, tag: str, error: CloudnativeError) -> web.Response:
    """Not 404: whoever asks would go on to a hub that does not answer, and tell of that only."""
    problem = {"code": "UNAVAILABLE", "message": f"{name}:{tag}: {error}"}
    return web.json_response({"errors": [problem]}, status=503)

"""ACR's own part of a registry's API, `/acr/v1/`: repositories, tags, manifests; ages, sizes, locks."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from cloudnative_emulator.registry.storage import Manifest, Storage, Tag, moment

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from cloudnative_emulator.registry.locks import Locks
    from cloudnative_emulator.registry.token_service import TokenService

_NAME = r"[a-z0-9]+(?:(?:[._]|__|-+|/)[a-z0-9]+)*"
_REFERENCE = r"\w[\w.-]{0,127}|sha256:[0-9a-f]{64}"
_PATH = re.compile(rf"/acr/v1/({_NAME})(?:/(_tags|_manifests)(?:/({_REFERENCE}))?)?")
_MANIFEST_PATH = re.compile(rf"/v2/({_NAME})/manifests/({_REFERENCE})")
_RIGHTS = {"GET": "metadata_read", "PATCH": "metadata_write", "DELETE": "delete"}
_ATTRIBUTES = {"GET": "readEnabled", "HEAD": "readEnabled", "PUT": "writeEnabled", "DELETE": "deleteEnabled"}
_MOST = 100


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code = status, code


@dataclass(frozen=True)
class DataPlane:
    """Answers for one registry."""

    tokens: TokenService
    storage: Storage
    locks: Locks

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one /acr/v1/ request."""
        try:
            return await self._answer(request)
        except _RefusedError as refused:
            error = {"code": refused.code, "message": str(refused), "detail": None}
            return web.json_response({"errors": [error]}, status=refused.status)

    def guard(self, handler: Handler) -> Handler:
        """The handler of `/v2/.../manifests/...`, but for what is locked."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            match, attribute = _MANIFEST_PATH.fullmatch(request.path), _ATTRIBUTES.get(request.method)
            if match and attribute and not self.locks.allow(attribute, match[1], _name(*match.groups())):
                error = {"code": "UNSUPPORTED", "message": _disallowed(request.method)}
                return web.json_response({"errors": [error]}, status=405)
            return await handler(request)

        return guarded

    async def _answer(self, request: web.Request) -> web.Response:
        if request.path.rstrip("/") == "/acr/v1/_catalog" and request.method == "GET":
            refusal = self.tokens.refusal(request, "registry", "catalog", "*")
            return refusal or await asyncio.to_thread(self._catalog, request)
        match, right = _PATH.fullmatch(request.path), _RIGHTS.get(request.method)
        if not match or not right:
            raise _RefusedError(404, "NOT_FOUND", f"no {request.method} on {request.path}")
        if refusal := self.tokens.refusal(request, "repository", match[1], right):
            return refusal
        sent: dict[str, Any] = await request.json() if request.method == "PATCH" else {}
        return await asyncio.to_thread(self._repository, request, match, sent)

    def _catalog(self, request: web.Request) -> web.Response:
        names = [name for name in self.storage.repositories() if self.locks.allow("listEnabled", name)]
        return _page(request, {}, "repositories", [(name, name) for name in names])

    def _repository(self, request: web.Request, match: re.Match[str], sent: dict[str, Any]) -> web.Response:
        name, kind, reference = match.groups()
        if not self.storage.digests(name):
            raise _RefusedError(404, "NAME_UNKNOWN", f"repository '{name}' is not found")
        if kind and not reference:
            return self._tags(request, name) if kind == "_tags" else self._manifests(request, name)
        what = self._tag(name, reference) if kind == "_tags" else None
        what = self._manifest(name, reference) if kind == "_manifests" else what
        if request.method == "DELETE":
            return self._delete(name, what)
        if request.method == "PATCH":
            self.locks.change(_name(name, reference) if reference else name, sent)
        return self._described(name, what)

    def _described(self, name: str, what: Tag | Manifest | None) -> web.Response:
        head = {"registry": self.tokens.service, "imageName": name}
        if isinstance(what, Tag):
            return web.json_response({**head, "tag": self._tag_body(name, what)})
        if what:
            return web.json_response({**head, "manifest": self._manifest_body(name, what)})
        manifests = self.storage.manifests(name)
        ages = [one.created for one in manifests]
        body = {
            "createdTime": moment(min(ages)), "lastUpdateTime": moment(max(ages)),
            "manifestCount": len(manifests), "tagCount": len(self.storage.tags(name)),
            "changeableAttributes": self.locks.of(name),
        }  # fmt: skip
        return web.json_response({**head, **body})

    def _delete(self, name: str, what: Tag | Manifest | None) -> web.Response:
        if isinstance(what, Manifest):
            raise _RefusedError(405, "UNSUPPORTED", "manifests are deleted at /v2/NAME/manifests/DIGEST")
        if not self.locks.allow("deleteEnabled", name, *([f"{name}:{what.name}"] if what else [])):
            raise _RefusedError(405, "UNSUPPORTED", _disallowed("DELETE"))
        if what:
            self.storage.untag(name, what.name)
            return web.Response(status=202)
        tags = [tag.name for tag in self.storage.tags(name)]
        gone = {"manifestsDeleted": self.storage.digests(name), "tagsDeleted": tags}
        self.storage.delete(name)
        self.locks.forget(name)
        return web.json_response(gone, status=202)

    def _tags(self, request: web.Request, name: str) -> web.Response:
        digest, order = request.query.get("digest"), request.query.get("orderby", "")
        tags = [tag for tag in self.storage.tags(name) if digest in {None, tag.digest}]
        tags = [tag for tag in tags if self.locks.allow("listEnabled", f"{name}:{tag.name}")]
        if order.startswith("time"):
            tags.sort(key=lambda tag: tag.updated, reverse=order == "timedesc")
        head = {"registry": self.tokens.service, "imageName": name}
        return _page(request, head, "tags", [(tag.name, self._tag_body(name, tag)) for tag in tags])

    def _manifests(self, request: web.Request, name: str) -> web.Response:
        order, found = request.query.get("orderby", ""), self.storage.manifests(name)
        if order.startswith("time"):
            found.sort(key=lambda one: one.created, reverse=order == "timedesc")
        head = {"registry": self.tokens.service, "imageName": name}
        return _page(
            request, head, "manifests", [(one.digest, self._manifest_body(name, one)) for one in found]
        )

    def _tag(self, name: str, wanted: str) -> Tag:
        for tag in self.storage.tags(name):
            if tag.name == wanted:
                return tag
        raise _RefusedError(404, "TAG_UNKNOWN", f"the specified tag '{wanted}' does not exist")

    def _manifest(self, name: str, wanted: str) -> Manifest:
        for one in self.storage.manifests(name):
            if one.digest == wanted:
                return one
        raise _RefusedError(404, "MANIFEST_UNKNOWN", f"manifest '{wanted}' is not found")

    def _tag_body(self, name: str, tag: Tag) -> dict[str, Any]:
        return {
            "name": tag.name, "digest": tag.digest, "createdTime": moment(tag.created),
            "lastUpdateTime": moment(tag.updated), "signed": False,
            "changeableAttributes": self.locks.of(f"{name}:{tag.name}"),
        }  # fmt: skip

    def _manifest_body(self, name: str, one: Manifest) -> dict[str, Any]:
        inner: list[dict[str, Any]] = one.document.get("manifests") or []
        references = [{"digest": each["digest"], **_platform(each)} for each in inner]
        body: dict[str, Any] = {
            "digest": one.digest, "imageSize": one.size, "createdTime": moment(one.created),
            "lastUpdateTime": moment(one.created), "mediaType": one.media_type, "tags": list(one.tags),
            "changeableAttributes": self.locks.of(f"{name}@{one.digest}"), **one.platform,
        }  # fmt: skip
        if config := one.document.get("config"):
            body["configMediaType"] = config.get("mediaType")
        return {**body, "references": references} if references else body


def _page(
    request: web.Request, head: dict[str, str], what: str, items: list[tuple[str, object]]
) -> web.Response:
    """`n` items after `last`, and where the next page is."""
    last, text = request.query.get("last"), request.query.get("n", "")
    count = int(text) if text.isdigit() and int(text) else _MOST
    names = [name for name, _ in items]
    first = names.index(last) + 1 if last in names else 0
    shown = items[first : first + count]
    answer = web.json_response({**head, what: [body for _, body in shown]})
    if first + count < len(items):
        query = {**request.query, "last": shown[-1][0], "n": str(count)}
        answer.headers["Link"] = f'<{request.path}?{urlencode(query)}>; rel="next"'
    return answer


def _platform(described: dict[str, Any]) -> dict[str, str]:
    platform: dict[str, str] = described.get("platform") or {}
    return {name: platform[name] for name in ("architecture", "os") if name in platform}


def _name(repository: str, reference: str) -> str:
    return f"{repository}{'@' if ':' in reference else ':'}{reference}"


def _disallowed(method: str) -> str:
    return f"The operation {method} is disallowed on this registry, repository or image: it is locked."

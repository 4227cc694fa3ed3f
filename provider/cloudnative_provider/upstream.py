"""From an image's name to its digest, as a container runtime would find it: mirror, hub, anonymous token."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import aiohttp

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .access import loopback
from .registry import ACCEPT

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
_CHALLENGE = re.compile(r'(realm|service)="([^"]*)"')
_REFERENCE = re.compile(
    r"(?P<name>[a-z0-9.\-_/]+(?::\d+/[a-z0-9.\-_/]+)?)(?::(?P<tag>[\w][\w.\-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_HUB, _HUB_HOST = "docker.io", "registry-1.docker.io"


@dataclass(frozen=True)
class Reference:
    """An image's full name; `digest` is empty unless the name has one."""

    host: str
    repository: str
    tag: str
    digest: str = ""

    def at(self, digest: str) -> str:
        """The name by digest, which nobody can point elsewhere."""
        return f"{self.host}/{self.repository}@{digest}"

    def __str__(self) -> str:
        return f"{self.host}/{self.repository}:{self.tag}"


def parse(text: str) -> Reference | None:
    """`postgres:16` in full: `docker.io/library/postgres:16`; `None` for what is no image's name."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    host, slash, repository = found["name"].partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, repository = _HUB, found["name"]
    if host == _HUB and "/" not in repository:
        repository = f"library/{repository}"
    return Reference(host, repository, found["tag"] or "latest", found["digest"] or "")


async def resolve(reference: Reference, *, mirror: str = "") -> str:
    """The digest that the name stands for now; `mirror` (host:port) is asked first for Docker Hub's."""
    if reference.digest:
        return reference.digest
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        if reference.host == _HUB and mirror and (found := await _mirrored(session, mirror, reference)):
            return found
        return await _asked(session, _address(reference.host), reference)


async def _mirrored(session: aiohttp.ClientSession, mirror: str, reference: Reference) -> str:
    """Empty when the mirror does not have it or does not answer: a mirror is only a short cut."""
    try:
        return await _asked(session, f"http://{mirror}", reference)
    except CloudnativeError:
        return ""


async def _asked(session: aiohttp.ClientSession, address: str, reference: Reference) -> str:
    url = f"{address}/v2/{reference.repository}/manifests/{reference.tag}"
    try:
        headers = {"Accept": ACCEPT}
        status, answered, _ = await _call(session, "HEAD", url, headers)
        if status == 401:
            headers |= await _sign_in(session, answered.get("WWW-Authenticate", ""), reference)
            status, answered, _ = await _call(session, "HEAD", url, headers)
        if status != 200:
            raise _refused(reference, url, status)
        return answered.get("Docker-Content-Digest") or await _hashed(session, url, headers)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _unreachable(reference, address, error) from error


async def _hashed(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> str:
    """For registries that do not say the digest."""
    _, _, content = await _call(session, "GET", url, headers)
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


async def _sign_in(session: aiohttp.ClientSession, challenge: str, reference: Reference) -> dict[str, str]:
    """The header of an anonymous token; empty where the registry offers none."""
    asked = dict(_CHALLENGE.findall(challenge))
    if "realm" not in asked:
        return {}
    query = {"service": asked.get("service", ""), "scope": f"repository:{reference.repository}:pull"}
    async with session.get(asked["realm"], params=query) as response:
        content = await response.read()
        if response.status != 200:
            return {}
        answer: dict[str, Any] = json.loads(content)
        return {"Authorization": f"Bearer {answer.get('token') or answer['access_token']}"}


async def _call(
    session: aiohttp.ClientSession, method: str, url: str, headers: dict[str, str]
) -> tuple[int, Any, bytes]:
    async with session.request(method, url, headers=headers) as response:
        return response.status, response.headers, await response.read()


def _address(host: str) -> str:
    """Runtimes speak plain HTTP with a registry on this machine and with no other."""
    if host == _HUB:
        return f"https://{_HUB_HOST}"
    return f"http://{host}" if loopback(host) else f"https://{host}"


def _refused(reference: Reference, url: str, status: int) -> CloudnativeError:
    reasons = {
        401: "may not be read without signing in, or does not exist",
        403: "may not be read without signing in",
        404: "does not exist",
        429: "cannot be asked about now: the registry limits how often",
    }
    return CloudnativeError(
        code="image.not-found" if status in reasons and status != 429 else "image.refused",
        what=f"image {reference}",
        why=f"{reasons.get(status, 'is refused')} (status {status})",
        fix=f"curl -sSI {url}",
        exit_code=ExitCode.RESOURCE,
    )


def _unreachable(reference: Reference, address: str, error: Exception) -> CloudnativeError:
    return CloudnativeError(
        code="image.unreachable",
        what=f"image {reference}",
        why=f"its registry does not answer, so nobody knows its digest: {error or 'no answer in time'}",
        fix=f"curl -sSI {address}/v2/",
        exit_code=ExitCode.RESOURCE,
    )

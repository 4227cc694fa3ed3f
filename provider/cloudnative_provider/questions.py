"""What a gate asks over HTTP: whom, where, and which answers will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from .kube import Kube
from .objects import parts, service_of
from .readiness import endpoints

Object = Mapping[str, Any]
_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
_HTTPS = (443, 8443)


@dataclass(frozen=True)
class Question:
    """One service: at its public address, or through the API server where it has none."""

    service: str
    url: str = ""
    proxy: str = ""
    strict: bool = False

    @property
    def where(self) -> str:
        """The address for people."""
        return self.url or f"the API server's {self.proxy}"

    def trouble(self, status: int) -> str:
        """Why this answer will not do, empty when it will."""
        if 200 <= status < 400 or (not self.strict and status < 500):
            return ""
        return f"{self.service} answers {status} at {self.where}"


def questions(services: Sequence[Object], service: str, path: str) -> list[Question]:
    """The named service strictly; without one every public TCP port, strictly only where a path is named."""
    if service:
        mine = [one for one in services if service_of(one) == service]
        return [found for one in mine[:1] if (found := _strictly(one, service, path or "/"))]
    return [
        Question(found["service"], url=found["url"] + (path or "/"), strict=bool(path))
        for one in services
        for found in endpoints([_only_tcp(one)])
    ]


async def ask(question: Question, kube: Kube) -> str:
    """The trouble with the answer, empty where there is none."""
    if question.proxy:
        return question.trouble(await kube.status(question.proxy))
    try:
        # Whether a certificate is right is not a gate's question, as it is not a kubelet's.
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(question.url, allow_redirects=False, ssl=False) as response,
        ):
            return question.trouble(response.status)
    except (aiohttp.ClientConnectorError, TimeoutError) as error:
        return f"{question.service} does not answer at {question.url}: {str(error) or type(error).__name__}"
    except aiohttp.ClientError as error:
        if question.strict:
            return f"{question.service} does not speak HTTP at {question.url}: {error}"
        return ""  # it listens, and speaks something else: a database


def _strictly(service: Object, name: str, path: str) -> Question | None:
    found = endpoints([_only_tcp(service)])
    if found:
        return Question(name, url=found[0]["url"] + path, strict=True)
    ports = _tcp_ports(service)
    if not ports:
        return None
    meta, port = service["metadata"], ports[0]
    scheme = "https:" if port["port"] in _HTTPS or port.get("name") == "https" else ""
    place = f"/api/v1/namespaces/{quote(meta['namespace'])}/services"
    return Question(name, proxy=f"{place}/{scheme}{meta['name']}:{port['port']}/proxy{path}", strict=True)


def _only_tcp(service: Object) -> Object:
    return {**service, "spec": {**service["spec"], "ports": _tcp_ports(service)}}


def _tcp_ports(service: Object) -> list[Any]:
    return [port for port in parts(service, "spec", "ports") if port.get("protocol", "TCP") == "TCP"]

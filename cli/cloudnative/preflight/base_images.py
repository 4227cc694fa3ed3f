"""Who a base image runs as: its config, asked of its registry without signing in, as builds pull it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudnative.absent import NOTHING

if TYPE_CHECKING:
    import httpx

SECONDS = 3.0
HUB, HUB_HOST = "docker.io", "registry-1.docker.io"
MANIFESTS = ", ".join(
    [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]
)
CHALLENGE = re.compile(r'(realm|service)="([^"]*)"')


def user_of_base(base: str, *, platform: str, mirror: str = "") -> str | None:
    """USER of its config, `""` for none, which is root; None where nobody can say."""
    import httpx

    from cloudnative_provider.upstream import parse

    reference = parse(base)
    if reference is None:
        return None
    repository, wanted = reference.repository, reference.digest or reference.tag
    hosts = [f"http://{mirror}"] if mirror and reference.host == HUB else []
    hosts.append(_address(reference.host))
    with httpx.Client(timeout=SECONDS, follow_redirects=True) as client:
        for host in hosts:
            try:
                return _Registry(client, f"{host}/v2/{repository}", repository).user(wanted, platform)
            except (httpx.HTTPError, ValueError, KeyError, StopIteration):
                continue  # nobody knows: that is no finding
    return None


def _address(host: str) -> str:
    """Runtimes speak plain HTTP with a registry on this machine and with no other."""
    if host == HUB:
        return f"https://{HUB_HOST}"
    return (
        f"http://{host}"
        if host.split(":", maxsplit=1)[0] in ("localhost", "127.0.0.1")
        else f"https://{host}"
    )


class _Registry:
    """One repository, read anonymously."""

    def __init__(self, client: httpx.Client, address: str, repository: str) -> None:
        self._client, self._address, self._repository = client, address, repository
        self._headers = {"Accept": MANIFESTS}

    def user(self, wanted: str, platform: str) -> str:
        """USER of an image's config."""
        manifest = self._get(f"manifests/{wanted}")
        if "manifests" in manifest:
            digest = next(one["digest"] for one in manifest["manifests"] if _is_for(one, platform))
            manifest = self._get(f"manifests/{digest}")
        config = self._get(f"blobs/{manifest['config']['digest']}")
        return str((config.get("config") or NOTHING).get("User") or "")

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._client.get(f"{self._address}/{path}", headers=self._headers)
        if answer.status_code == 401 and "Authorization" not in self._headers:
            self._headers |= self._sign_in(answer.headers.get("WWW-Authenticate", ""))
            answer = self._client.get(f"{self._address}/{path}", headers=self._headers)
        return dict(answer.raise_for_status().json())

    def _sign_in(self, challenge: str) -> dict[str, str]:
        """The header of an anonymous token."""
        asked = dict(CHALLENGE.findall(challenge))
        query = {"service": asked.get("service", ""), "scope": f"repository:{self._repository}:pull"}
        answer = self._client.get(asked["realm"], params=query).raise_for_status().json()
        return {"Authorization": f"Bearer {answer.get('token') or answer['access_token']}"}


def _is_for(manifest: Mapping[str, Any], platform: str) -> bool:
    made: Mapping[str, Any] = manifest.get("platform") or NOTHING
    return f"{made.get('os')}/{made.get('architecture')}" == platform

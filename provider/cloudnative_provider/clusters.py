"""From a cluster's ARM id to an open connection to its API server, without kubeconfig files or kubelogin."""

from __future__ import annotations

import base64
import io
import ssl
from dataclasses import dataclass
from typing import Any

import aiohttp

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .access import AKS_SERVER_APPLICATION, Cloud, cloud, unreachable
from .kube import Kube
from .objects import part

_API_VERSION = "2025-07-01"
_GONE = {"ResourceNotFound", "ResourceGroupNotFound", "NotFound"}
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)


class ClusterGone(Exception):  # noqa: N818  a state, not a mistake
    """ARM says that there is no such cluster."""


class ClusterStopped(Exception):  # noqa: N818  a state, not a mistake
    """The cluster exists and is switched off, so nothing in it can be asked or changed."""


@dataclass(frozen=True)
class Cluster:
    """A cluster's name and region for messages, and how to reach its API server."""

    name: str
    region: str
    server: str
    ca: str
    token: str

    def connect(self) -> Kube:
        """A client of the API server; use it as an async context manager."""
        tls = ssl.create_default_context(cadata=self.ca or None)
        return Kube(self.server, self.token, tls, where=f"cluster {self.name} ({self.region})")


async def cluster(cloud_name: str, cluster_id: str) -> Cluster:
    """Server, CA and a fresh token; raises `ClusterGone` or `ClusterStopped`."""
    where = cloud(cloud_name)
    resource = await _arm(where, "GET", cluster_id)
    name, region = resource["name"], resource.get("location", "")
    properties = resource.get("properties", {})
    if properties.get("powerState", {}).get("code") == "Stopped":
        raise ClusterStopped(f"cluster {name} ({region}) is stopped")
    answer = await _arm(where, "POST", f"{cluster_id}/listClusterUserCredential", format="exec")
    entry = _kubeconfig(base64.b64decode(answer["kubeconfigs"][0]["value"]))
    token = entry["token"] or await where.token(AKS_SERVER_APPLICATION)
    return Cluster(name, region, entry["server"], entry["ca"], token)


def _kubeconfig(content: bytes) -> dict[str, str]:
    """Server, CA and token (empty for `exec`) of the current context."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import

    loaded: Any = YAML(typ="safe", pure=True).load(io.BytesIO(content))  # pyright: ignore[reportUnknownMemberType] - ruamel has no types
    contexts = {item["name"]: item["context"] for item in loaded["contexts"]}
    context = contexts[loaded.get("current-context") or next(iter(contexts))]
    clusters = {item["name"]: item["cluster"] for item in loaded["clusters"]}
    users = {item["name"]: item["user"] for item in loaded["users"]}
    target, user = clusters[context["cluster"]], users[context["user"]]
    ca = base64.b64decode(target.get("certificate-authority-data", "")).decode()
    return {"server": target["server"].rstrip("/"), "ca": ca, "token": user.get("token", "")}


async def _arm(where: Cloud, method: str, path: str, **query: str) -> Any:
    headers = {"Authorization": f"Bearer {await where.token(where.arm)}"}
    query = {"api-version": _API_VERSION, **query}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as session,
            session.request(method, where.arm + path, params=query, ssl=where.tls()) as response,
        ):
            body: Any = await response.json(content_type=None)
            if response.status == 404 and part(body, "error").get("code") in _GONE:
                raise ClusterGone(f"there is no {path}")
            if response.status >= 400:
                raise _refused(path, response.status, body)
            return body
    except (aiohttp.ClientConnectionError, TimeoutError) as error:
        raise unreachable(where, str(error) or type(error).__name__) from error


def _refused(path: str, status: int, body: Any) -> CloudnativeError:
    detail = part(body, "error") if isinstance(body, dict) else {}
    return CloudnativeError(
        code="cluster.refused",
        what=path.rpartition("/managedClusters/")[2] or path,
        why=f"{status} {detail.get('code', '')}: {detail.get('message', '')}",
        exit_code=ExitCode.SIGN_IN if status in (401, 403) else ExitCode.RESOURCE,
    )

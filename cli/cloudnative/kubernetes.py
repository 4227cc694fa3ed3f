"""Reading a cluster of an environment: credentials from ARM, workloads and pods; nothing is written."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative.absent import NONE, NOTHING
from cloudnative_toolchain.errors import CloudnativeError

if TYPE_CHECKING:
    from cloudnative.arm import Arm

AKS_SERVER_APPLICATION = (
    "6dae42f8-4368-4678-94ff-3960e28e3630"  # the same in every tenant (azure-baseline CRED-03)
)
API_VERSION = "2025-09-01"
PLURALS = {
    "apps/v1/Deployment": "/apis/apps/v1/namespaces/{}/deployments/{}",
    "apps/v1/StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets/{}",
    "apps/v1/DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets/{}",
    "batch/v1/Job": "/apis/batch/v1/namespaces/{}/jobs/{}",
}


@dataclass(frozen=True)
class Access:
    """How to reach an API server: address, its CA (PEM) and a token."""

    server: str
    ca: str
    token: str


def access(arm: Arm, cluster_id: str) -> Access:
    """Credentials of a cluster, fresh; the user's kubeconfig plays no part."""
    answer = arm.post(f"{cluster_id}/listClusterUserCredential", API_VERSION)
    content: Any = _yaml(base64.b64decode(answer["kubeconfigs"][0]["value"]))
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    ca = base64.b64decode(cluster.get("certificate-authority-data", "")).decode()
    token = user.get("token") or arm.token(f"{AKS_SERVER_APPLICATION}/.default")
    return Access(str(cluster["server"]).rstrip("/"), ca, str(token))


def _yaml(content: bytes) -> Any:
    import io

    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(io.BytesIO(content))  # pyright: ignore[reportUnknownMemberType] - ruamel has no types


class Cluster:
    """One API server, read only."""

    def __init__(self, access: Access, name: str) -> None:
        import httpx

        self._name = name
        trust = ssl.create_default_context(cadata=access.ca) if access.ca else True
        headers = {"Authorization": f"Bearer {access.token}"}
        self._http = httpx.Client(
            base_url=access.server, verify=trust, headers=headers, timeout=20, trust_env=not access.ca
        )

    def get(self, path: str, **query: str) -> Mapping[str, Any] | None:
        """One object or list; None where there is none."""
        answer = self._send(path, query)
        return None if answer.status_code == 404 else self._checked(answer, path).json()

    def workloads(self, objects: list[str]) -> list[dict[str, Any]]:
        """`services` of the JSON of `status`: every workload among the objects of a release."""
        found: list[dict[str, Any]] = []
        for key in objects:
            kind, _, name = key.rpartition("/")
            kind, _, namespace = kind.rpartition("/")
            if kind in PLURALS:
                live = self.get(PLURALS[kind].format(namespace, name))
                found.append(self._service(kind.rsplit("/", 1)[-1], name, namespace, live))
        return found

    def pods(self, namespace: str, selector: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """Pods with these labels."""
        labels = ",".join(f"{key}={value}" for key, value in selector.items())
        return list(
            (self.get(f"/api/v1/namespaces/{namespace}/pods", labelSelector=labels) or NOTHING).get(
                "items", NONE
            )
        )

    def nodes(self) -> int | None:
        """How many nodes are there; None where that may not be seen: an application team sees namespaces."""
        answer = self._send("/api/v1/nodes", {})
        return None if answer.status_code == 403 else len(self._checked(answer, "nodes").json()["items"])

    def _service(
        self, kind: str, name: str, namespace: str, live: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        if live is None:
            return {
                "name": name,
                "kind": kind,
                "ready": 0,
                "desired": 0,
                "image": "",
                "restarts": 0,
                "missing": True,
            }
        spec, status = live.get("spec") or NOTHING, live.get("status") or NOTHING
        selector = (spec.get("selector") or NOTHING).get("matchLabels") or NOTHING
        statuses = [
            c
            for pod in self.pods(namespace, selector)
            for c in (pod.get("status") or NOTHING).get("containerStatuses") or NONE
        ]
        containers = spec["template"]["spec"]["containers"]
        return {
            "name": name,
            "kind": kind,
            "ready": int(
                status.get("readyReplicas") or status.get("numberReady") or status.get("succeeded") or 0
            ),
            "desired": int(
                spec.get("replicas") or status.get("desiredNumberScheduled") or spec.get("completions") or 0
            ),
            "image": str(containers[0]["image"]),
            "restarts": sum(int(c.get("restartCount", 0)) for c in statuses),
        }

    def _send(self, path: str, query: Mapping[str, str]) -> Any:
        import httpx

        try:
            return self._http.get(path, params=dict(query))
        except httpx.HTTPError as error:
            raise CloudnativeError(
                code="cluster.unreachable",
                what=f"no answer from cluster {self._name}",
                why=str(error) or type(error).__name__,
                fix="cloudnative emulator status",
            ) from error

    def _checked(self, answer: Any, path: str) -> Any:
        if answer.is_success:
            return answer
        raise CloudnativeError(
            code="cluster.refused",
            what=f"cluster {self._name} answered {answer.status_code} for {path}",
            why=answer.text[:500],
            fix="cloudnative doctor",
        )

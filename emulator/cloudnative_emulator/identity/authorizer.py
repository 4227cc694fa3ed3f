"""Azure RBAC for Kubernetes: the webhook that a cluster's API server asks about every request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.arm.kinds.clusters import CLUSTERS
from cloudnative_emulator.arm.kinds.credentials import local_admin
from cloudnative_emulator.identity.account import same_secret

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud

_VERBS = {
    "get": "read", "list": "read", "watch": "read", "create": "write", "update": "write", "patch": "write",
    "delete": "delete", "deletecollection": "delete",
}  # fmt: skip


class KubernetesAuthorizer:
    """POST /authorize/{cluster}: allowed, or no opinion (Kubernetes' own RBAC decides then)."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one SubjectAccessReview."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not same_secret(token, self._cloud.account.authorizer_token):
            return web.json_response({"message": "the webhook's bearer token is wrong"}, status=401)
        review = await request.json()
        status = self._decide(f"/{request.match_info['cluster']}", review.get("spec", {}))
        answer = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "status": status}
        return web.json_response(answer)

    def _decide(self, cluster_id: str, spec: dict[str, Any]) -> dict[str, Any]:
        cluster = self._cloud.store.get(cluster_id)
        user = str(spec.get("user", ""))
        if not cluster:
            return {"allowed": False, "reason": "the emulator does not know this cluster"}
        properties = cluster["properties"]
        if user == local_admin(cluster_id):
            return {"allowed": not properties.get("disableLocalAccounts"), "reason": "local account"}
        entra: dict[str, Any] = properties.get("aadProfile") or {}
        if not entra.get("enableAzureRBAC"):
            return {"allowed": False, "reason": "Azure RBAC is off for this cluster"}
        action, scope = data_action(spec), _scope(cluster["id"], spec)
        if self._cloud.access.allows(user, action, scope, data=True):
            return {"allowed": True, "reason": "Access allowed by Azure RBAC role assignment"}
        return {"allowed": False, "reason": f"User '{user}' has no Azure role with data action '{action}'"}


def data_action(spec: dict[str, Any]) -> str:
    """The Azure data action of a Kubernetes request."""
    resource = spec.get("resourceAttributes")
    if not resource:
        other: dict[str, str] = spec.get("nonResourceAttributes") or {}
        path = other.get("path", "").strip("/") or "root"
        return f"{CLUSTERS}/{path}/{_VERBS.get(other.get('verb', ''), 'action')}"
    verb, kind = resource.get("verb", ""), resource.get("resource", "")
    group = resource.get("group", "")
    what = f"{group}/{kind}" if group else kind
    if kind == "pods" and resource.get("subresource") in {"exec", "attach", "portforward"}:
        return f"{CLUSTERS}/pods/{resource['subresource']}/action"
    return f"{CLUSTERS}/{what}/{_VERBS.get(verb) or f'{verb}/action'}"


def _scope(cluster_id: str, spec: dict[str, Any]) -> str:
    resource: dict[str, str] = spec.get("resourceAttributes") or {}
    namespace = resource.get("namespace")
    return f"{cluster_id}/namespaces/{namespace}" if namespace else cluster_id

"""Kubeconfigs as AKS hands them out: an `exec` one with Entra ID, a token of the cluster's own otherwise."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.identity.tokens import AKS_SERVER_APPLICATION, Principal

if TYPE_CHECKING:
    from cloudnative_emulator.arm.kinds.kind import Call, Later
    from cloudnative_emulator.arm.store import Body

_CLIENT_APPLICATION = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
_ADMIN_DAYS = 30


async def user(call: Call, body: Body) -> Body | Later:
    """With Entra ID no secret at all: kubelogin fetches the token. Without it, the admin's kubeconfig."""
    entra: dict[str, Any] = body["properties"].get("aadProfile") or {}
    if not entra.get("managed"):
        return _local(call, body, "clusterUser")
    name = f"clusterUser_{call.target.group}_{body['name']}"
    arguments = [
        "get-token", "--environment", "AzurePublicCloud", "--server-id", AKS_SERVER_APPLICATION,
        "--client-id", _CLIENT_APPLICATION, "--tenant-id", call.cloud.account.tenant, "--login", "devicecode",
    ]  # fmt: skip
    hint = "kubelogin is not installed which is required to connect to AAD enabled cluster."
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1", "command": "kubelogin", "args": arguments,
        "env": None, "installHint": hint, "provideClusterInfo": False,
    }  # fmt: skip
    return _kubeconfigs(call, body, "clusterUser", name, {"exec": plugin})


async def admin(call: Call, body: Body) -> Body | Later:
    """400 where local accounts are off, as on Azure."""
    return _local(call, body, "clusterAdmin")


def _local(call: Call, body: Body, kind: str) -> Body:
    if body["properties"].get("disableLocalAccounts"):
        text = (
            "Getting static credential is not allowed because cluster "
            f"'{body['name']}' is set to disable local accounts."
        )
        raise ArmError(400, "BadRequest", text)
    name = f"{kind}_{call.target.group}_{body['name']}"
    owner = Principal(local_admin(body["id"]), "local-account")
    token = call.cloud.issuer.access_token(owner, AKS_SERVER_APPLICATION, lifetime=_ADMIN_DAYS * 86400)
    return _kubeconfigs(call, body, kind, name, {"token": token})


def local_admin(cluster_id: str) -> str:
    """The user name of a cluster's local admin account, known to the webhook authorizer."""
    return "local-admin-" + hashlib.sha256(ids.key(cluster_id).encode()).hexdigest()[:16]


def _kubeconfigs(call: Call, body: Body, kind: str, name: str, credential: dict[str, Any]) -> Body:
    info = call.cloud.backend.info(body["id"])
    if not info:
        text = f"The cluster '{body['name']}' is not running: start it first."
        raise ArmError(409, "OperationNotAllowed", text)
    cluster = {"server": info.server, "certificate-authority-data": _encode(info.ca_pem)}
    config: dict[str, Any] = {
        "apiVersion": "v1", "kind": "Config", "current-context": body["name"], "preferences": {},
        "clusters": [{"name": body["name"], "cluster": cluster}],
        "contexts": [{"name": body["name"], "context": {"cluster": body["name"], "user": name}}],
        "users": [{"name": name, "user": credential}],
    }  # fmt: skip
    # JSON is YAML, so every kubeconfig reader takes it.
    return {"kubeconfigs": [{"name": kind, "value": _encode(json.dumps(config, indent=2))}]}


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

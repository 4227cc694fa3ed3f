"""Objects that every AKS cluster has from its first second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.kube import KubeClient, Object

PROVISIONER = "cloudnative.emulator/local"
_DNS_RULES = [
    {
        "apiGroups": [""],
        "resources": ["endpoints", "services", "pods", "namespaces"],
        "verbs": ["list", "watch"],
    },
    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
]


async def plant(client: KubeClient) -> None:
    """Storage classes with AKS's names, and the rights of CoreDNS; safe to repeat."""
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    name = "cloudnative:coredns"
    await asyncio.gather(
        *(
            client.apply(
                f"/apis/storage.k8s.io/v1/storageclasses/{storage_class}", _storage_class(storage_class)
            )
            for storage_class in ("default", "managed-csi", "managed-csi-premium")
        ),
        client.apply(f"{rbac}/clusterroles/{name}", _object("ClusterRole", name, {"rules": _DNS_RULES})),
        client.apply(
            f"{rbac}/clusterrolebindings/{name}", _object("ClusterRoleBinding", name, _binding(name))
        ),
    )


def _storage_class(name: str) -> Object:
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"} if name == "default" else {}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": annotations},
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def _object(kind: str, name: str, content: Object) -> Object:
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name}, **content}


def _binding(name: str) -> Object:
    group = "rbac.authorization.k8s.io"
    return {
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": group, "kind": "User", "name": name}],
    }

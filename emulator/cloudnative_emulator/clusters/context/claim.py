"""What the emulator puts into the user's cluster: a mark that it is taken, AKS's names of storage classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudnative_emulator.clusters.context.removal import LABEL, MARK, NAMESPACE, find
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.kube import KubeClient, Object

_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
_AKS_CLASSES = ("managed-csi", "managed-csi-premium")
_DEFAULT = "storageclass.kubernetes.io/is-default-class"


async def claim(client: KubeClient, *, instance: str, cluster_id: str, context: str) -> None:
    """Mark the cluster as this emulator's; refused where it carries the mark of another. Safe to repeat."""
    path = f"/api/v1/namespaces/{NAMESPACE}"
    mark = await find(client, f"{path}/configmaps/{MARK}")
    other = (mark or {}).get("data", {}).get("instance", instance)
    if other != instance:
        raise CloudnativeError(
            code="emulator.context-taken",
            what=f"the cluster of context {context}",
            why=f"another emulator (instance {other}) uses it",
            fix=f"kubectl --context {context} delete configmap {MARK} --namespace {NAMESPACE}",
            exit_code=ExitCode.RESOURCE,
        )
    if not await find(client, path):
        labels = {LABEL: instance, "app.kubernetes.io/managed-by": "cloudnative"}
        await client.apply(path, _object("v1", "Namespace", NAMESPACE, labels=labels))
    if not mark:
        data = {"data": {"instance": instance, "cluster": cluster_id}}
        body = _object("v1", "ConfigMap", MARK, labels={LABEL: instance}) | data
        await client.apply(f"{path}/configmaps/{MARK}", body)


async def plant_classes(client: KubeClient, instance: str) -> None:
    """Storage classes with AKS's names, that do what the cluster's default one does, where there are none."""
    there: list[Object] = (await client.call("GET", _CLASSES))["items"]
    for body in missing_classes(there, instance):
        await client.apply(f"{_CLASSES}/{body['metadata']['name']}", body)


def missing_classes(there: list[Object], instance: str) -> list[Object]:
    """AKS's classes that the cluster lacks; none where it has no default one to take after."""
    known = {each["metadata"]["name"] for each in there}
    default = next(
        (each for each in there if each["metadata"].get("annotations", {}).get(_DEFAULT) == "true"), None
    )
    if default is None:
        return []
    kept = ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode", "allowVolumeExpansion")
    same = {key: default[key] for key in kept if key in default}
    return [
        _object("storage.k8s.io/v1", "StorageClass", name, labels={LABEL: instance}) | same
        for name in _AKS_CLASSES
        if name not in known
    ]


def _object(api_version: str, kind: str, name: str, *, labels: dict[str, str]) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "labels": labels}}

"""Provisions claims of our storage classes as `local` volumes: folders whose data outlives every pod.

`local` and not `hostPath`, because kubelet applies fsGroup to it, as it does to an Azure disk.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from typing import TYPE_CHECKING

import aiohttp

from cloudnative_emulator.clusters.kube import KubeError
from cloudnative_emulator.clusters.seeds import PROVISIONER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from cloudnative_emulator.clusters.kube import KubeClient, Object

_log = logging.getLogger(__name__)
_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_PROVISIONER = "volume.kubernetes.io/storage-provisioner"


class Volumes:
    """Two controllers over one cluster: claims that want a volume, volumes nobody wants any more."""

    def __init__(self, client: KubeClient, folder: Path, folder_in_node: Path) -> None:
        self._client, self._folder, self._folder_in_node = client, folder, folder_in_node

    def start(self) -> list[asyncio.Task[None]]:
        """Start both; they run until cancelled."""
        return [
            asyncio.create_task(self._follow("/api/v1/persistentvolumeclaims", self._claim)),
            asyncio.create_task(self._follow("/api/v1/persistentvolumes", self._volume)),
        ]

    async def _follow(self, path: str, handle: Callable[[Object], Awaitable[None]]) -> None:
        async for change, item in self._client.watch(path):
            try:
                if change != "DELETED":
                    await handle(item)
            except (KubeError, aiohttp.ClientError, TimeoutError, OSError) as error:
                _log.warning("%s %s: %s", item["kind"], item["metadata"]["name"], error)

    async def _claim(self, claim: Object) -> None:
        annotations = claim["metadata"].get("annotations", {})
        node = annotations.get(_SELECTED_NODE)
        if annotations.get(_PROVISIONER) != PROVISIONER or claim["spec"].get("volumeName") or not node:
            return
        name = f"pvc-{claim['metadata']['uid']}"
        self._folder.joinpath(name).mkdir(mode=0o755, exist_ok=True)
        await self._client.apply(
            f"/api/v1/persistentvolumes/{name}",
            volume_for(claim, name, node, str(self._folder_in_node / name)),
        )

    async def _volume(self, volume: Object) -> None:
        meta, spec = volume["metadata"], volume["spec"]
        ours = meta.get("annotations", {}).get("pv.kubernetes.io/provisioned-by") == PROVISIONER
        unwanted = volume["status"].get("phase") == "Released"
        if ours and unwanted and spec["persistentVolumeReclaimPolicy"] == "Delete":
            folder = self._folder / str(meta["name"])
            if folder.exists():
                await asyncio.to_thread(shutil.rmtree, folder)
            await self._client.call("DELETE", f"/api/v1/persistentvolumes/{meta['name']}")


def volume_for(claim: Object, name: str, node: str, path: str) -> Object:
    """The volume for a claim that the scheduler has put on `node`."""
    meta, spec = claim["metadata"], claim["spec"]
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER}},
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
            },
            "local": {"path": path},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": spec["storageClassName"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
        },
    }

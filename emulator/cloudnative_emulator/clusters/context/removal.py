"""Takes out of the user's cluster what the emulator and its releases put there, and nothing else.

What a release owns stands in its ledger, with uids (docs/architecture.md). An object that somebody made anew
under the same name stays; so does a namespace that was there before the emulator came.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters.kube import KubeError
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudnative_emulator.clusters.kube import KubeClient, Object

NAMESPACE, MARK, LABEL = "cloudnative-system", "emulator", "cloudnative/emulator"
_LEDGERS = f"/api/v1/namespaces/{NAMESPACE}/configmaps?labelSelector=cloudnative/ledger"
_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
_MANAGER = "cloudnative"
_SECONDS = 120.0


@dataclass(frozen=True)
class Entry:
    """One object of a ledger; without a uid it was about to be made."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str


async def take_away(client: KubeClient) -> None:
    """Everything of ours is gone from the cluster when this returns."""
    mark = await find(client, f"/api/v1/namespaces/{NAMESPACE}/configmaps/{MARK}")
    since = str(mark["metadata"]["creationTimestamp"]) if mark else ""
    entries = await _entries(client)
    namespaces = [entry for entry in entries if (entry.api_version, entry.kind) == ("v1", "Namespace")]
    rest = [entry for entry in entries if entry not in namespaces]
    for group in (rest, namespaces):
        await _delete_all(client, await _paths(client, group, since))
    await client.call("DELETE", f"{_CLASSES}?labelSelector={LABEL}")
    await _forget_mark(client, mark)


def entries_of(ledger: Object) -> list[Entry]:
    """What a ledger's ConfigMap says a release owns."""
    packed = ledger.get("binaryData", {}).get("objects")
    owned: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed))) if packed else {}
    return [_entry(key, str(uid)) for key, (uid, _) in owned.items()]


def is_ours(live: Object, uid: str, since: str) -> bool:
    """Whether an object is the one of the ledger; without a uid, whether a release of ours has made it."""
    meta = live["metadata"]
    if live["kind"] == "Namespace" and (not since or meta["creationTimestamp"] < since):
        return False
    if uid:
        return meta["uid"] == uid
    return any(entry.get("manager") == _MANAGER for entry in meta.get("managedFields", []))


async def find(client: KubeClient, path: str) -> Object | None:
    """An object, or None when it is not there."""
    try:
        return await client.call("GET", path)
    except KubeError as error:
        if error.status == 404:
            return None
        raise


async def _entries(client: KubeClient) -> list[Entry]:
    ledgers: list[Object] = (await client.call("GET", _LEDGERS))["items"]
    return [entry for ledger in ledgers for entry in entries_of(ledger)]


def _entry(key: str, uid: str) -> Entry:
    """`apps/v1/Deployment/ns/name`, or `v1/Namespace/name`."""
    parts = key.split("/")
    length = 1 if "." not in parts[0] and parts[0][:1] == "v" and parts[0][1:2].isdigit() else 2
    kind, *place = parts[length:]
    return Entry("/".join(parts[:length]), kind, place[0] if len(place) == 2 else "", place[-1], uid)


async def _paths(client: KubeClient, entries: list[Entry], since: str) -> dict[str, str]:
    """Path -> uid of what is really there and ours."""
    collections = {version: await _plurals(client, version) for version in {e.api_version for e in entries}}
    found: dict[str, str] = {}
    for entry in entries:
        plural = collections[entry.api_version].get(entry.kind)
        if plural is None:  # its definition is gone, and all objects with it
            continue
        root = f"/apis/{entry.api_version}" if "/" in entry.api_version else f"/api/{entry.api_version}"
        place = f"/namespaces/{entry.namespace}" if entry.namespace else ""
        path = f"{root}{place}/{plural}/{entry.name}"
        live = await find(client, path)
        if live and is_ours(live, entry.uid, since):
            found[path] = str(live["metadata"]["uid"])
    return found


async def _plurals(client: KubeClient, api_version: str) -> Mapping[str, str]:
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    listed = await find(client, root)
    resources: list[Object] = listed["resources"] if listed else []
    return {each["kind"]: each["name"] for each in resources if "/" not in each["name"]}


async def _delete_all(client: KubeClient, paths: Mapping[str, str]) -> None:
    for path, uid in sorted(paths.items(), reverse=True):
        options = {"propagationPolicy": "Background", "preconditions": {"uid": uid}}
        try:
            await client.call("DELETE", path, options)
        except KubeError as error:
            if error.status not in (404, 409):  # gone meanwhile, or made anew by somebody else
                raise
    await _until_gone(client, paths)


async def _until_gone(client: KubeClient, paths: Mapping[str, str]) -> None:
    deadline, left = time.monotonic() + _SECONDS, set(paths)
    while left := {path for path in left if await _is_still_there(client, path, paths[path])}:
        if time.monotonic() > deadline:
            raise CloudnativeError(
                code="emulator.context-removal",
                what=f"{len(left)} objects in the cluster of the context",
                why=f"not gone after {_SECONDS:g} s: {', '.join(sorted(left)[:3])}",
                exit_code=ExitCode.TIMEOUT,
            )
        await asyncio.sleep(0.3)


async def _is_still_there(client: KubeClient, path: str, uid: str) -> bool:
    live = await find(client, path)
    return live is not None and live["metadata"]["uid"] == uid


async def _forget_mark(client: KubeClient, mark: Object | None) -> None:
    namespace = await find(client, f"/api/v1/namespaces/{NAMESPACE}")
    if namespace and LABEL in namespace["metadata"].get("labels", {}):
        await _delete_all(client, {f"/api/v1/namespaces/{NAMESPACE}": namespace["metadata"]["uid"]})
        return
    await client.call("DELETE", f"/api/v1/namespaces/{NAMESPACE}/configmaps?labelSelector=cloudnative/ledger")
    if mark:
        await client.call("DELETE", f"/api/v1/namespaces/{NAMESPACE}/configmaps/{MARK}")

"""Kubernetes objects as a release sees them: keys, hashes, placeholders, secrets, order."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

PLACEHOLDER = "cloudnative-image:"
Object = dict[str, Any]
_WORKLOADS = {
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
}
_SCALABLE = ("Deployment", "StatefulSet")
SERVICE_LABEL = "app.kubernetes.io/name"
_FIRST = ("Namespace", "CustomResourceDefinition")
_SECOND = {
    "ServiceAccount",
    "ConfigMap",
    "Secret",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "StorageClass",
    "PriorityClass",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Service",
}


def canonical(value: Any) -> str:
    """JSON with one spelling, for hashing."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def key(obj: Mapping[str, Any]) -> str:
    """`apps/v1/Deployment/namespace/name`; without a namespace `v1/Namespace/name`."""
    meta = obj["metadata"]
    parts = [obj["apiVersion"], obj["kind"], meta.get("namespace", ""), meta["name"]]
    return "/".join(part for part in parts if part)


def part(value: Any, *path: str) -> dict[str, Any]:
    """The map at `path`, empty when something on the way is missing or null."""
    here = cast("dict[str, Any]", value or {})
    for name in path:
        here = cast("dict[str, Any]", here.get(name) or {})
    return here


def parts(value: Any, *path: str) -> list[Any]:
    """The list at `path`, empty when something on the way is missing or null."""
    *above, last = path
    return part(value, *above).get(last) or []


def order(obj: Mapping[str, Any]) -> int:
    """0 namespaces, 1 definitions of kinds, 2 what workloads need, 3 the rest."""
    kind = obj["kind"]
    if kind in _FIRST:
        return _FIRST.index(kind)
    return 2 if kind in _SECOND else 3


def is_workload(obj: Mapping[str, Any]) -> bool:
    """True for what runs pods and is waited for."""
    return (obj["apiVersion"], obj["kind"]) in _WORKLOADS


def waves(objects: Iterable[Object]) -> list[list[Object]]:
    """Objects grouped by `order`, empty groups left out."""
    groups: dict[int, list[Object]] = {}
    for obj in objects:
        groups.setdefault(order(obj), []).append(obj)
    return [groups[number] for number in sorted(groups)]


def complete(obj: Object, images: Mapping[str, Any], secret_data: Mapping[str, Mapping[str, str]]) -> Object:
    """A copy with images by digest and, in a Secret, its values; an unknown image keeps its placeholder."""
    done = copy.deepcopy(obj)
    _fill_images(done, images)
    meta = done["metadata"]
    values = (
        secret_data.get(f"{meta.get('namespace', '')}/{meta['name']}") if done["kind"] == "Secret" else None
    )
    if values:
        data: dict[str, str] = done.setdefault("data", {})
        data.update({name: base64.b64encode(text.encode()).decode() for name, text in values.items()})
    return done


def service_of(obj: Mapping[str, Any]) -> str:
    """Whose object it is, as the application model says it: by its label, else by its own name."""
    meta = obj["metadata"]
    return str(part(meta, "labels").get(SERVICE_LABEL) or meta["name"])


def scaled(obj: Object, replicas: Mapping[str, int]) -> Object:
    """The object with the number of pods that its service has in this environment, if that is said."""
    service = service_of(obj)
    if obj["kind"] not in _SCALABLE or service not in replicas:
        return obj
    return {**obj, "spec": {**part(obj, "spec"), "replicas": replicas[service]}}


def placeholders(obj: Any) -> set[str]:
    """The services whose images an object asks for."""
    return {image.removeprefix(PLACEHOLDER) for image in _images(obj) if image.startswith(PLACEHOLDER)}


def _images(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name, item in cast("dict[str, Any]", value).items():
            if name == "image" and isinstance(item, str):
                yield item
            else:
                yield from _images(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _images(item)


def _fill_images(value: Any, images: Mapping[str, Any]) -> None:
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        for name, item in entries.items():
            if name == "image" and isinstance(item, str) and item.startswith(PLACEHOLDER):
                found = images.get(item.removeprefix(PLACEHOLDER))
                entries[name] = found if isinstance(found, str) else item
            else:
                _fill_images(item, images)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            _fill_images(item, images)

"""What a source is before anything is built of it, as hashes: two sources alike have the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..application import Application


def source_hash(application: Application, built_from: Mapping[str, str]) -> str:
    """What the source is before anything is built: objects, what each image is made of, upstream images."""
    return content_hash(
        {
            "objects": object_hashes(application.objects),
            "builds": dict(built_from),
            "upstream": application.images,
            "secrets": wanted_secrets(application),
            "placement": application.placement,
        }
    )


def wanted_secrets(application: Application) -> dict[str, dict[str, dict[str, Any]]]:
    """The keys of every Secret, and how those are made that are generated; no values."""
    wanted: dict[str, dict[str, dict[str, Any]]] = {
        secret: {key: {} for key in values} for secret, values in application.secrets.items()
    }
    for one in application.generated_secrets:
        made = {"length": one.length, "protected": one.protected}
        wanted.setdefault(f"{one.namespace}/{one.name}", {})[one.key] = made
    return wanted


def object_hashes(objects: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Content hash by object, known in every preview."""
    return {object_key(one): content_hash(one) for one in objects}


def object_key(obj: Mapping[str, Any]) -> str:
    """`apps/v1/Deployment/namespace/name`; without a namespace `v1/Namespace/name`."""
    meta = obj["metadata"]
    parts = [obj["apiVersion"], obj["kind"], meta.get("namespace", ""), meta["name"]]
    return "/".join(part for part in parts if part)


def content_hash(obj: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(json.dumps(obj, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
